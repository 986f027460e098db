/** Values, names and texts as they can stand in Python source, whoever wrote them. */

/** Characters that end a line, that nobody sees, or that turn the reading direction of the source around them. */
const unsafe =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\ud800-\udfff]/gu;

/** A string literal. JSON's escapes are Python's too; what lies beyond them is written as Python has it. */
export function stringLiteral(text: string): string {
  return escapeUnsafe(JSON.stringify(text));
}

/** Text of a comment: always one line. */
export function commentText(text: string): string {
  return escapeUnsafe(text.replace(/\s+/g, ' ')).trim();
}

/** Text within a docstring in three double quotes: it cannot end it, and is shown as it was. */
export function docstringText(text: string): string {
  return escapeUnsafe(text.replace(/\s+/g, ' ').replace(/[\\"]/g, '\\$&')).trim();
}

/** Not as two surrogates: Python would take them for two characters. */
function escapeUnsafe(text: string): string {
  return text.replace(unsafe, (character) => {
    const hexadecimal = character.codePointAt(0)!.toString(16);
    return character.length === 1
      ? `\\u${hexadecimal.padStart(4, '0')}`
      : `\\U${hexadecimal.padStart(8, '0')}`;
  });
}

/** A float; whole numbers get a point, so that nobody takes them for counts. */
export function floatLiteral(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return value.toFixed(1);
  return Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
}

/** The shortest decimal that is this value once it is rounded to float32. */
export function float32Literal(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return floatLiteral(short);
  }
  return floatLiteral(Number(value.toPrecision(9)));
}

/** `(3, 5)`; a single number needs its comma. */
export function tupleLiteral(values: readonly number[]): string {
  return values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;
}

/** One number where all are the same, as PyTorch takes it for every axis. */
export function axesLiteral(values: readonly number[]): string {
  return values.every((value) => value === values[0]) ? String(values[0]) : tupleLiteral(values);
}

/** Keywords of Python 3, and what `torch.nn.Module` has as attributes or uses while it is built. */
const taken = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield
  T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
  extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
  named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
  register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
  register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
  register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
  state_dict to to_empty train training type xpu zero_grad`.split(/\s+/),
);

/** An attribute for each name: the name itself where that can be one. No two are the same. */
export function attributesFor(names: readonly string[]): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  const used = new Set(taken);
  const isFree = (name: string) => /^[A-Za-z]\w*$/.test(name) && !used.has(name);
  const give = (name: string, attribute: string) => {
    attributes.set(name, attribute);
    used.add(attribute);
  };
  // Names that need no change come first, so that none of them has to make room.
  for (const name of names) if (isFree(name)) give(name, name);
  for (const name of names) {
    if (attributes.has(name)) continue;
    const word = name.replace(/\W/g, '_');
    const base = /^[A-Za-z]/.test(word) ? word : `layer_${word}`;
    let attribute = taken.has(base) ? `${base}_` : base;
    for (let count = 2; !isFree(attribute); count++) attribute = `${base}_${count}`;
    give(name, attribute);
  }
  return attributes;
}
