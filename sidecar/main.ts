/** Entry of the language server: makes the connection to the editor and serves it. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './serve.ts';

serve(createConnection(ProposedFeatures.all));
