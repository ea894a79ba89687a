import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './drizzle/resource/tables.ts',
  out: './drizzle/resource/migrations',
  casing: 'snake_case',
});
