import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = join(import.meta.dirname, '../../sidecar/protocol');

test('every message is named batchnorm/<topic>/<verb>, once', async () => {
  const methods: string[] = [];
  for (const file of readdirSync(folder)) {
    const exported: Record<string, unknown> = await import(join(folder, file));
    for (const value of Object.values(exported)) {
      const method = (value as { method?: unknown } | null)?.method;
      if (typeof method === 'string') methods.push(method);
    }
  }
  assert.ok(methods.length > 5);
  for (const method of methods) assert.match(method, /^batchnorm\/[a-z]+\/[a-zA-Z]+$/);
  assert.equal(new Set(methods).size, methods.length);
});
