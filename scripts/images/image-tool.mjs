import { basename } from 'node:path';
import { engine } from './engine.mjs';
import { verbTool } from './verb-tool.mjs';

/** Programs that speak Docker's command line. */
const ENGINES = ['docker', 'podman'];

/**
 * What builds and runs the images, hidden behind one shape (`IMAGE_TOOL`, default `docker`): a container engine, or any
 * program with the verbs `build -t NAME --target T .`, `run NAME [COMMAND…]` (on the host's network, with the variables
 * that `IMAGE_ENV` names) and `size NAME` (megabytes).
 *
 * - `build(name, target)`: the arguments that build a target of the Dockerfile
 * - `size(name)`: the command that prints the megabytes of an image's file system
 * - `run(name, { env, args, container })`: the command that runs an image; `args` replace its own command
 * - `terminate({ scope, container })`: sends SIGTERM to the app in a container, and to nothing around it
 * - `remove(container)`: takes away a container that is still there
 */
export function imageTool(command = process.env['IMAGE_TOOL'] || 'docker') {
  return ENGINES.includes(basename(command)) ? engine(command) : verbTool(command);
}
