// TypeScript types of every proto, made by proto-loader's own generator with the options grpc.ts loads them with.
import { execFileSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const protos = join(here, '../../../protos');
const outDir = join(here, '../src/generated');
const manifest = createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json');
const generator = join(dirname(manifest), 'build/bin/proto-loader-gen-types.js');

rmSync(outDir, { recursive: true, force: true });
/** `longs` as in grpc.ts: the Open Inference Protocol carries numbers that a double cannot hold. */
function generate(pattern, longs) {
  const files = globSync(pattern, { cwd: protos }).sort();
  execFileSync(
    process.execPath,
    [
      generator,
      ...[`--longs=${longs}`, '--enums=String', '--defaults', '--oneofs', '--includeComments'],
      ...[
        '--grpcLib=@grpc/grpc-js',
        '--importFileExtension=.ts',
        `--includeDirs=${protos}`,
        `--outDir=${outDir}`,
      ],
      ...files,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

generate('sillage/**/*.proto', 'Number');
generate('inference/*.proto', 'String');
