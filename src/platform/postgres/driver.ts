/** A bundle of its own, loaded when a source of kind `postgres` is first asked: nobody else pays for it. */
import pg from 'pg';

export const { Client } = pg;
