/** Does the work now and then every so often, one at a time; `work` never rejects. Returns what ends it. */
export function repeat(intervalMs: number, work: () => Promise<void>): () => void {
  let isBusy = false;
  const turn = async () => {
    if (isBusy) return;
    isBusy = true;
    await work();
    isBusy = false;
  };
  void turn();
  const timer = setInterval(() => void turn(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
