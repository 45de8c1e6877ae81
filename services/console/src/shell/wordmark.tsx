/** The name, with the trail that a scent leaves. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true">
        <path d="M2 11c4-9 8-9 11-5s6 4 13-4M6 18c3-6 6-6 9-3s5 3 9-3" />
      </svg>
      Sillage
    </span>
  );
}
