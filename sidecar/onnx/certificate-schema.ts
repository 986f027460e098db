/** Checks a certificate and an example that come back from a model's metadata, since anybody may have written the file. */
import { z } from 'zod';
import type { Certificate, Validation } from '../protocol/onnx.ts';

/** One example as the model takes it, and what the engine makes of it. */
export interface Example {
  /** Raw values, row-major in the shape of the model's input. */
  readonly input: readonly number[];
  readonly output: readonly number[];
}

const count = z.int().nonnegative();
const size = z.int().positive();
const error = z.number().nonnegative();
const share = z.number().min(0).max(1).nullable();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal digits');

const validation: z.ZodType<Validation> = z.strictObject({
  outcome: z.enum(['validated', 'failed', 'not-validated']),
  reason: z.string().optional(),
  runtime: z.string(),
  examples: count,
  maxAbsoluteError: error,
  maxRelativeError: error,
  classAgreement: share,
  nearTies: count,
  engineAccuracy: share,
  runtimeAccuracy: share,
  tolerance: error,
  bounds: z.enum(['accuracy', 'range']).optional(),
  batchSizes: z.array(size),
});

export const certificateSchema: z.ZodType<Certificate> = z.strictObject({
  validation,
  passes: z.array(
    z.strictObject({
      batchSize: size,
      optimization: z.enum(['disabled', 'all']),
      examples: size,
      maxAbsoluteError: error,
      maxRelativeError: error,
      classAgreement: share,
      runtimeAccuracy: share,
    }),
  ),
  trainedAccuracy: share,
  folding: z.strictObject({ maxAbsoluteError: error, tolerance: error }).nullable(),
  batchNorms: z.array(
    z.strictObject({
      name: z.string(),
      fate: z.enum(['folded-at-export', 'folded-by-runtime', 'computed', 'unknown']),
    }),
  ),
  speed: z.strictObject({ latency: error, throughput: error, batchSize: size }).nullable(),
  bytes: size,
  modelSha256: sha256,
  sourceSha256: sha256,
  dataSha256: sha256,
});

export const exampleSchema: z.ZodType<Example> = z.strictObject({
  input: z.array(z.number()).min(1),
  output: z.array(z.number()).min(1),
});
