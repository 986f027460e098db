/**
 * Every kernel of the engine, compiled into one WebAssembly module.
 *
 * Conventions. Tensors are blocked as ../blocked.ts says: eight neighbouring units form a panel, and all arithmetic on
 * them is vertical. Pointers are byte offsets aligned to 16; `stride` is the number of bytes from one panel to the next.
 * Every kernel begins with `first, last`, the half-open range of panels it works on (or of parts, where the call has
 * parts): threads share a call by giving each a range, and since a sum never crosses threads the bits don't depend on their
 * number. Nothing is allocated: a kernel that needs memory for itself takes it as `scratch`. Lanes behind the last unit
 * hold finite values in activations and 0 in gradients and parameters; rows behind the batch (it is rounded up to tiles of
 * 4) hold finite values and are never summed.
 */
export * from './dense';
export { moments } from './statistics';
export * from './batchnorm';
export * from './elementwise';
export * from './dropout';
export * from './loss';
export * from './optimizer';
export * from './gather';
export * from './bands';
export * from './structure';
export { convolve, convolvePlanes } from './conv';
export * from './conv-gradient';
export * from './conv-depthwise';
export * from './winograd';
export * from './pool';
export * from './softmax';
export * from './example-norm';
export * from './lrn';
export * from './frozen-batchnorm';
