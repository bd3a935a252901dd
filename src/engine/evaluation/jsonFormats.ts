/** The formats of JSON Schema that promptfoo's validator checks too (RFC 3339 times, RFC 4122 ids …). Every pattern is linear. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  time: (text) => isTime(text),
  'date-time': (text) => {
    const [date = '', time = '', ...more] = text.split(/[Tt ]/u);
    return more.length === 0 && isDate(date) && isTime(time);
  },
  email: (text) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$/u.test(text) && !/\.\.|^\.|\.@|@[.-]|@.*[.-]$/u.test(text),
  hostname: (text) => text.length <= 253 && text.split('.').every((label) => /^[A-Za-z0-9-]{1,63}$/u.test(label) && !/^-|-$/u.test(label)),
  ipv4: (text) =>
    text.split('.').length === 4 && text.split('.').every((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) <= 255),
  uri: (text) => /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/u.test(text),
  uuid: (text) => /^(?:urn:uuid:)?[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/iu.test(text),
};

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text) ?? [];
  if (year === '') return false;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
}

/** With its offset, as the standard asks. */
function isTime(text: string): boolean {
  const [, hour = '', minute = '', second = ''] = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/u.exec(text) ?? [];
  return hour !== '' && Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
}

/** `null` for a format that is not checked here. Only texts have formats: any other value fits. */
export function fitsFormat(format: string, value: unknown): boolean | null {
  const check = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (check === undefined) return null;
  return typeof value === 'string' ? check(value) : true;
}
