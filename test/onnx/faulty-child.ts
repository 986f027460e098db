/** A runtime's child that ends, stays silent or says the wrong thing when told so; any other name is a real runtime. */
const [, , behaviour] = process.argv;

if (behaviour === 'crashing') {
  process.on('message', () => process.kill(process.pid, 'SIGSEGV'));
  process.send?.({ type: 'ready', version: '0' });
} else if (behaviour === 'exiting') {
  process.stderr.write('cannot find the native library\n', () => process.exit(3));
} else if (behaviour === 'silent') {
  process.on('message', () => {});
  process.send?.({ type: 'ready', version: '0' });
} else if (behaviour === 'missing') {
  process.send?.({ type: 'unavailable', reason: 'no such package' });
} else {
  await import('../../sidecar/onnx/runtime-child.ts');
}
