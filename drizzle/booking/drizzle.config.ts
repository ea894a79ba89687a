import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './drizzle/booking/tables.ts',
  out: './drizzle/booking/migrations',
  casing: 'snake_case',
});
