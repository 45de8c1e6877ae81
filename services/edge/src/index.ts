import { edgeAgent, withEdgeFile } from '@sillage/edge';
import { reasonOf, runService } from '@sillage/kit';

try {
  // The file's variables under the environment's, where every part of the process reads them.
  Object.assign(process.env, withEdgeFile(process.env));
  // A source that has an end is no reason to end; one that cannot be read is mended by a person, and a new start.
  await runService(edgeAgent((error) => error !== undefined && process.exit(1)));
} catch (error) {
  process.stderr.write(`edge: ${reasonOf(error)}\n`);
  process.exit(1);
}
