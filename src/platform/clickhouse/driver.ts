/** A bundle of its own, loaded when a source of kind `clickhouse` is first asked: nobody else pays for it. */
export { createClient } from '@clickhouse/client';
