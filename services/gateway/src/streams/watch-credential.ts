import { opens, type StreamCloseCode } from '@sillage/contracts';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { isAmong } from '../domain/address-list.ts';
import type { Caller } from '../http/exchange.ts';

/** As long as a verdict serves a request (key-verifier.ts); for when a revocation goes unheard. */
const checkEveryMs = 5000;

/**
 * Ends a stream when the credential it was opened with no longer holds: asked when a revocation is told, when the
 * credential ends, and every few seconds. Returns what stops the watch.
 */
export function watchCredential(options: {
  readonly verifier: KeyVerifier;
  readonly credential: string;
  readonly caller: Caller;
  readonly address: string | undefined;
  /** Told when the credential was changed and still holds. */
  readonly onChange: (caller: Caller) => void;
  readonly end: (code: StreamCloseCode, reason: string) => void;
}): () => void {
  const { verifier, credential, address, onChange, end } = options;
  let isStopped = false;
  const check = async () => {
    try {
      const verdict = await verifier.verify(credential);
      if (isStopped) return;
      if (verdict.kind !== 'valid') end(4401, 'the credential no longer holds');
      else if (!opens(verdict.caller.scopes, 'sensors')) end(4403, 'the credential lacks the scope sensors');
      else if (verdict.caller.addresses && !isAmong(verdict.caller.addresses, address)) {
        end(4403, 'this credential may not be used from this address');
      } else {
        onChange(verdict.caller);
        listen(verdict.caller);
      }
    } catch {
      end(1013, 'the credential cannot be verified; connect again later');
    }
  };
  let unlisten = () => {};
  const listen = (caller: Caller) => {
    unlisten();
    unlisten = verifier.onDoubt(caller, () => void check());
  };
  listen(options.caller);
  const timer = setInterval(() => void check(), checkEveryMs);
  timer.unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
    unlisten();
  };
}
