import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findMosquitto, freePorts, mosquittoAdvice } from '@sillage/fleet';
import { Aedes } from 'aedes';

export interface Broker {
  readonly url: string;
  stop: () => Promise<void>;
}

/** A broker of MQTT 3.1.1 in this process; on the port given, so that it can come back. */
export async function startAedes(port = 0): Promise<Broker> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    broker.handle(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}

/** mosquitto, which speaks MQTT 5, TLS and access lists, with these lines of configuration beside its listener. */
export async function startMosquitto(
  folder: string,
  lines: readonly string[],
): Promise<Broker & { readonly port: number }> {
  const mosquitto = findMosquitto();
  if (mosquitto === undefined) throw new Error(`these tests need a real broker: ${mosquittoAdvice}`);
  const [port = 0] = await freePorts(1);
  const file = join(folder, `mosquitto-${port}.conf`);
  writeFileSync(file, [`listener ${port} 127.0.0.1`, 'user root', 'log_dest none', ...lines, ''].join('\n'));
  const child = spawn(mosquitto, ['-c', file], { stdio: 'ignore' });
  const isThere = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  while (!(await isThere())) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    await delay(20);
  }
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** A certificate authority and certificates that it signed, each in NAME.crt and NAME.key; the authority's is ca.crt. */
export function makeCertificates(folder: string, names: readonly string[]): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=trial authority',
    '-days',
    '2',
  );
  for (const name of names) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', `${name}.crt`, '-days', '2', '-extfile', `${name}.ext`],
    );
  }
}
