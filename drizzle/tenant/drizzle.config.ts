import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './drizzle/tenant/tables.ts',
  out: './drizzle/tenant/migrations',
  casing: 'snake_case',
});
