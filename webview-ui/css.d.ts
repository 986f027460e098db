/** The bundler takes style sheets out of the script; to TypeScript importing one has no value. */
declare module '*.css';
