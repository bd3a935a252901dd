/** The renderers walk syntax trees themselves; what they print has to be what the formats' own libraries print. */
import { Dotprompt } from 'dotprompt';
import mustache from 'mustache';
import nunjucks from 'nunjucks';
import { describe, expect, it } from 'vitest';
import { parsePrompt } from '../../../src/engine/prompts/parse.js';
import { renderJinja } from '../../../src/engine/prompts/render/jinja.js';
import { renderMustache } from '../../../src/engine/prompts/render/mustache.js';
import { renderPrompt } from '../../../src/engine/prompts/render/render.js';

const vars = {
  name: 'Ann',
  n: 3,
  zero: 0,
  yes: true,
  no: false,
  empty: [],
  items: ['b', 'a', 'C'],
  users: [
    { name: 'Bo', age: 30, tags: ['x', 'y'], admin: true },
    { name: 'Al', age: 7, tags: [], admin: false },
  ],
  map: { one: 1, two: { three: 'deep' } },
  text: 'The quick brown fox\njumps over <b>the</b> dog & "cat"',
};

const jinja = [
  'Hello {{ name }}!',
  '{{ n + 1 }} {{ n - 1 }} {{ n * 2 }} {{ n / 2 }} {{ n // 2 }} {{ n % 2 }} {{ n ** 2 }} {{ -n }} {{ +n }}',
  '{{ name ~ n }} {{ "a" + "b" }} {{ "a" + 1 }} {{ 1 + "a" }} {{ yes + 1 }}',
  '{{ map.one }} {{ map["two"].three }} {{ users[0].name }} {{ users[1]["age"] }} {{ items.length }} {{ name.length }} {{ items[2] }}',
  '{% if yes and not no %}A{% else %}B{% endif %}{% if zero %}C{% elif n > 2 %}D{% else %}E{% endif %}',
  '{{ "in" if "a" in items else "out" }} {{ "x" in "axb" }} {{ "one" in map }} {{ "z" not in items }}',
  '{{ 1 < 2 }} {{ 2 <= 1 }} {{ 1 == "1" }} {{ 1 === "1" }} {{ 1 != 2 }} {{ n >= 3 }} {{ [1] == 1 }}',
  '{{ n is odd }} {{ n is even }} {{ name is string }} {{ n is number }} {{ nope is defined }} {{ nope is undefined }} {{ none is none }} {{ n is divisibleby(3) }} {{ items is iterable }} {{ map is mapping }} {{ n is not odd }}',
  '{% for item in items %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }}:{{ item }};{% endfor %}',
  '{% for key, value in {a: 1, b: 2} %}{{ key }}={{ value }},{% endfor %}{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}',
  '{% for x in empty %}x{% else %}none{% endfor %}{% for c in "abc" %}{{ c }}.{% endfor %}',
  '{% for user in users %}{{ user.name }}: {% for tag in user.tags %}{{ tag }}{% if not loop.last %}, {% endif %}{% else %}-{% endfor %}\n{% endfor %}',
  '{% set x = 5 %}{{ x }}{% set a, b = 1 %}{{ a }}{{ b }}{% set block %}in {{ name }}{% endset %}{{ block }}',
  '{% set total = 0 %}{% for u in users %}{% set total = total + u.age %}{% endfor %}{{ total }}',
  '{% if yes %}{% set y = 1 %}{% endif %}{{ y }}',
  '{% macro field(label, size=10, kind="text") %}<{{ label }}:{{ size }}:{{ kind }}>{% endmacro %}{{ field("a") }}{{ field("b", 5) }}{{ field("c", kind="k") }}{{ field("d", 1, "z") }}',
  '{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}hi {{ name }}{% endcall %}',
  '{% raw %}{{ not }} {% this %}{% endraw %}{# comment #}|{% verbatim %}{{ x }}{% endverbatim %}',
  'a {%- if yes -%} b {%- endif -%} c  {{- name -}}  d {#- x -#} e',
  '{% switch n %}{% case 1 %}one{% case 2 %}{% case 3 %}three{% default %}many{% endswitch %}{% switch name %}{% case "Bo" %}b{% default %}other{% endswitch %}',
  '{% filter upper %}loud {{ name }}{% endfilter %}{% block main %}inside {{ n }}{% endblock %}',
  '{{ name | upper }} {{ name | lower }} {{ "hello world" | capitalize }} {{ "hello world" | title }} {{ " x " | trim }}|',
  '{{ nope | default("d") }} {{ zero | default("d", true) }} {{ zero | default("d") }} {{ no | d("z", true) }}',
  '{{ items | join(", ") }} {{ users | join("+", "name") }} {{ items | first }} {{ items | last }} {{ items | length }} {{ name | length }} {{ map | length }}',
  '{{ items | sort | join(" ") }} {{ items | sort(true) | join(" ") }} {{ users | sort(attribute="age") | join(",", "name") }} {{ items | sort(case_sensitive=true) | join }} {{ items | reverse | join }} {{ name | reverse }}',
  '{{ map | dump }} {{ users | dump(2) }} {{ items | list | join }} {{ "ab" | list | join("-") }}',
  '{{ "aXbXc" | replace("X", "-") }} {{ "aXbXc" | replace("X", "-", 1) }} {{ "abc" | replace("", ".") }} {{ 123 | replace("2", "x") }}',
  '{{ text | truncate(12) }} {{ text | truncate(12, true) }} {{ text | truncate(12, true, "?") }} {{ text | wordcount }} {{ text | indent(2) }} {{ text | indent(2, true) }}',
  '{{ 3.7 | round }} {{ 3.14159 | round(2) }} {{ 3.2 | round(0, "ceil") }} {{ -3 | abs }} {{ "4.5" | float }} {{ "4x" | int }} {{ "z" | int(9) }}',
  '{{ "x" | center(5) }}| {{ [1, 2, 3, 4, 5] | batch(2) | dump }} {{ [1, 2, 3, 4, 5] | slice(2) | dump }} {{ [1, 2, 3] | sum }} {{ users | sum("age") }}',
  '{{ users | selectattr("admin") | join(",", "name") }} {{ users | rejectattr("admin") | join(",", "name") }} {{ users | groupby("admin") | dump }} {{ map | dictsort | dump }}',
  '{{ text | escape }} {{ text | safe }} {{ "a b&c" | urlencode }} {{ "a\nb" | nl2br }} {{ "x" | string }}',
  '{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(1, 4) %}{{ i }}{% endfor %}{% for i in range(0, 10, 4) %}{{ i }}{% endfor %}{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}',
  '{% set row = cycler("odd", "even") %}{{ row.next() }}{{ row.next() }}{{ row.next() }}{% set comma = joiner(";") %}{{ comma() }}a{{ comma() }}b',
  '{{ name.toUpperCase() }} {{ items.join("/") }} {{ name.includes("n") }} {{ "a,b".split(",") | length }} {{ items.slice(1) }} {{ name.indexOf("z") }}',
  '{{ items }} {{ map }} {{ [1, [2, 3]] }} {{ {a: 1} | dump }} {{ (1, 2) }}',
  '{{ "quote \\" and \\n newline" }} {{ \'single\' }} {{ true }} {{ 1.5 }}',
  '{{ name or "x" }} {{ zero or "fallback" }} {{ name and n }} {{ not name }}',
  'No tags at all { just } braces }} %}',
  '{% asyncEach item in items %}{{ item }}{% endeach %}',
];

describe('Jinja', () => {
  const environment = new nunjucks.Environment(null, { autoescape: false });
  it.each(jinja)('prints what Nunjucks prints: %s', (template) => {
    expect(renderJinja(template, vars)).toBe(environment.renderString(template, vars));
  });
});

const mustaches = [
  'Hello {{name}}, {{map.two.three}} {{{text}}} {{&text}}',
  '{{#users}}{{name}}:{{#tags}}{{.}},{{/tags}}{{^tags}}none{{/tags}};{{/users}}',
  '{{#yes}}Y{{/yes}}{{^yes}}N{{/yes}}{{#no}}Y{{/no}}{{^no}}N{{/no}}{{^empty}}E{{/empty}}{{#map}}{{one}}{{name}}{{/map}}',
  '{{! comment }}a\n{{#yes}}\n  indented\n{{/yes}}\nb',
  '{{#name}}[{{.}}]{{/name}} {{n}} {{zero}} {{no}}',
];

describe('Mustache', () => {
  it.each(mustaches)('prints what Mustache prints without escaping: %s', (template) => {
    expect(renderMustache(template, vars)).toBe(mustache.render(template, vars, undefined, { escape: String }));
  });
});

const handlebars = [
  'Hello {{name}}, {{map.two.three}} {{{text}}} {{&text}}',
  '{{#if yes}}Y{{else}}N{{/if}}{{#if empty}}Y{{else}}N{{/if}}{{#if zero}}Y{{else}}N{{/if}}{{#if zero includeZero=true}}Y{{/if}}{{#unless no}}U{{/unless}}',
  '{{#if no}}a{{else if yes}}b{{else}}c{{/if}}',
  // Tags side by side are apart here: dotprompt adds up numbers that touch.
  '{{#each items}}{{@index}} {{@first}} {{@last}}={{this}};{{/each}}{{#each map}}{{@key}} {{/each}}{{#each empty}}x{{else}}none{{/each}}',
  '{{#each users}}{{name}} of {{../name}}: {{#each tags}}{{this}}/{{../name}}/{{../../name}}/{{@../index}} {{/each}}\n{{/each}}',
  '{{#each users as |user i|}}{{i}}{{user.name}}{{name}}{{/each}}{{#with map as |m|}}{{m.one}}{{two.three}}{{/with}}{{#with empty}}x{{else}}no{{/with}}',
  '{{#users}}{{name}},{{/users}}{{#yes}}t{{/yes}}{{^no}}f{{/no}}{{#map}}{{one}}{{/map}}{{#nope}}x{{else}}y{{/nope}}',
  '{{lookup items 1}}{{lookup map "one"}}{{#each items}}{{lookup ../items @index}}{{/each}} {{items.[0]}} {{this.name}} {{./name}} {{@root.name}}',
  'line\n{{#if yes}}\n  inside\n{{/if}}\nafter {{~name~}} x\n{{! comment }}\n{{!-- long }} --}}\nend',
  '{{json map}} {{json users indent=2}} \\{{escaped}} {{"name"}}',
  '{{role "system"}}Be {{name}}.\n{{role "user"}}\nHi {{n}}\n{{role "model"}}ok{{history}}{{role "user"}}bye',
  'first {{role "system"}} \n {{role "user"}}x',
  '{{#ifEquals n 3}}three{{else}}other{{/ifEquals}}{{#unlessEquals name "Bo"}}not Bo{{/unlessEquals}}{{#ifEquals map.two.three "deep"}}d{{/ifEquals}}',
  '{{#*inline "card"}}[{{name}} {{extra}}]{{/inline}}{{> card extra="e"}}{{#each users}}{{> card extra=@index}}{{/each}}',
  '---\nmodel: x\n---\n\n  trimmed {{name}}  \n\n',
  'not trimmed \n',
  '{{section "code"}}a{{section "b"}}c',
];

describe('dotprompt', () => {
  it.each(handlebars)('makes the messages that dotprompt makes: %s', async (template) => {
    const theirs = await new Dotprompt().render(template, { input: vars });
    const wanted = theirs.messages.map(({ role, content }) => ({
      role: role === 'model' ? 'assistant' : role,
      content: content.map((part) => part.text ?? '').join(''),
    }));
    const document = parsePrompt(
      'a.prompt',
      template.startsWith('---') || template.includes('{{') ? template : `---\nname: x\n---\n${template}`,
    );
    expect(renderPrompt(document, vars).messages.filter(({ content }) => content !== '')).toEqual(
      template.startsWith('---') || template.includes('{{') ? wanted : [{ role: 'user', content: template.trim() }],
    );
  });
});
