import type { Lexicon, NotesMeaning, Trailing } from './lexicon.ts';
import { type Item, type PhraseItem, readItems } from './read-items.ts';

const MAX_UNRECOGNISED = 32;

/** One naming of notes with what was said about it. */
export interface Mention {
  readonly meaning: NotesMeaning;
  readonly start: number;
  readonly end: number;
  negated: boolean;
  /** Undefined when the text does not say. */
  strength: number | undefined;
}

interface Reach {
  readonly scope: 'one' | 'all';
  readonly value: number;
}

/** "Rather citrus than floral": only with its "than" is it a comparison; else a moderate strength. */
type Comparison = 'more' | 'rather' | 'less';
const RATHER = 0.6;

/** What "than" in "more X than Y" leaves of Y, and "less" of X. */
const LESS = 0.3;

/** The state of reading: which negation and strength still hold, and the note that a following word may qualify. */
class Reader {
  readonly mentions: Mention[] = [];
  /** `list`: until the thought ends ("avoid: rose, musk"). */
  private negation: 'one' | 'all' | 'list' | undefined;
  /** With a strength it denies the excess alone: "not very sweet", but not "without strong floral notes". */
  private mayBeExcess = false;
  /** A negation stands whose first note is yet to come. */
  private awaitsNote = false;
  private strength: Reach | undefined;
  private strengthSpent = false;
  private last: Mention | undefined;
  /** The notes joined by "and" or "or" up to here: "rose ve yasemin olmadan" denies both. */
  private chain: Mention[] = [];
  private joined = false;
  /** Joined by words that deny all ("파우더리하지도 비누 같지도 않은") once a negation follows. */
  private together = false;
  /** "more" or "less" was said and its "than" is yet to come. */
  private comparison: Comparison | undefined;
  /** The note that the next one is measured against, in languages that name it first. */
  private yardstick: Mention | undefined;

  /** A new thought: nothing said before holds on. */
  reset(): void {
    this.negation = undefined;
    this.awaitsNote = false;
    this.strength = undefined;
    this.comparison = undefined;
    this.yardstick = undefined;
    this.leave();
  }

  /** A bracket ends the thought, unless it stands between a negation and what that is about ("not (too) musky"). */
  bracket(): void {
    if (!this.awaitsNote) this.reset();
    else this.mayBeExcess = false;
  }

  /** So does a colon; after a negation it opens a list of what is not wanted. */
  colon(): void {
    if (this.awaitsNote) this.negation = 'list';
    else this.reset();
  }

  comma(closesWithOr: boolean): void {
    if (!closesWithOr && this.negation !== 'list') this.negation = undefined;
    this.strength = undefined;
    this.leave();
  }

  /** What follows says nothing of the notes before. */
  leave(): void {
    this.last = undefined;
    this.chain = [];
    this.joined = false;
    this.together = false;
  }

  /** `leads`: a note follows, without a mark or a join between. */
  phrase(item: PhraseItem, leads: boolean): void {
    const { trailing, meaning } = item;
    const last = this.last ?? (this.together ? this.chain.at(-1) : undefined);
    // "Vanille légère, bois" weakens vanilla; "은은한 코코넛" what follows.
    const isLeading = leads && trailing?.kind === 'strength' && meaning?.kind === 'strength';
    if (trailing !== undefined && last !== undefined && !isLeading) {
      this.qualify(trailing, last);
      return;
    }
    // A trailing word with nothing before it says nothing.
    if (meaning === undefined) return;
    switch (meaning.kind) {
      case 'notes':
        this.mention(meaning, item);
        return;
      case 'negation':
        this.deny(meaning.scope);
        return;
      case 'strength':
        this.measure(meaning);
        return;
      case 'more':
      case 'rather':
      case 'less':
        this.compare(meaning.kind);
        return;
      case 'than':
        // Without a comparison it is a common word ("que", "als").
        if (this.comparison !== undefined) this.against(this.comparison);
        return;
      case 'over':
        this.against('more');
        return;
      case 'than_after':
        if (this.last === undefined) return;
        this.last.strength ??= LESS;
        this.yardstick = this.last;
        this.strength = undefined;
        this.leave();
        return;
      case 'break':
        // "Avoid anything that smells of rose", "nem com cheiro de rosa": the note denied is yet to come.
        if (!this.awaitsNote) this.reset();
        return;
      case 'pause':
        this.comma(false);
        return;
      case 'and':
        if (this.negation === 'one') this.negation = undefined;
        if (this.strength?.scope === 'one') this.strength = undefined;
        this.join();
        return;
      case 'nor':
        if (this.negation === undefined) {
          this.deny('all', true);
          return;
        }
        this.strengthSpent = false;
        this.awaitsNote = true;
        this.join();
        return;
      case 'or':
        this.strengthSpent = false;
        this.join();
        return;
      case 'stop':
        return;
      default:
        meaning satisfies never;
    }
  }

  private join(): void {
    this.last = undefined;
    this.joined = true;
  }

  private deny(scope: 'one' | 'all', mayBeExcess = scope === 'one'): void {
    this.negation = scope;
    this.mayBeExcess = mayBeExcess;
    this.awaitsNote = true;
    this.strength = undefined;
    this.leave();
  }

  private measure(reach: Reach): void {
    // "Not very sweet" does not forbid what is sweet.
    const excess = this.awaitsNote && this.negation !== undefined && this.mayBeExcess && reach.value >= 1;
    if (excess) {
      this.negation = undefined;
      this.awaitsNote = false;
    }
    this.strength = excess ? { scope: 'all', value: LESS } : reach;
    this.strengthSpent = false;
    this.last = undefined;
  }

  private compare(kind: Comparison): void {
    // "Less sweet" than the yardstick named before: that one is wanted in full.
    if (kind === 'less' && this.yardstick !== undefined) this.yardstick.strength = undefined;
    this.yardstick = undefined;
    this.comparison = kind;
    this.measure({ scope: 'one', value: { more: 1, rather: RATHER, less: LESS }[kind] });
  }

  /** What follows is what was compared with. */
  private against(comparison: Comparison): void {
    const first = this.mentions.at(-1);
    if (comparison === 'rather' && first !== undefined) first.strength = 1;
    this.comparison = undefined;
    this.negation = undefined;
    this.strength = { scope: 'all', value: comparison === 'less' ? 1 : LESS };
    this.strengthSpent = false;
    this.leave();
  }

  private qualify(trailing: Trailing, last: Mention): void {
    if (trailing.kind === 'strength') {
      last.strength ??= trailing.value;
    } else if (trailing.kind === 'nor') {
      this.join();
      this.together = true;
    } else if (trailing.scope === 'one' && last.strength !== undefined && last.strength >= 1) {
      // "Çok tatlı değil": not very sweet.
      last.strength = LESS;
    } else {
      const denied = trailing.scope === 'all' || this.together ? this.chain : [last];
      for (const mention of denied) mention.negated = true;
    }
  }

  private mention(meaning: NotesMeaning, { start, end }: PhraseItem): void {
    const strength = this.strengthSpent && this.strength?.scope === 'one' ? undefined : this.strength?.value;
    const mention = { meaning, start, end, negated: this.negation !== undefined, strength };
    this.mentions.push(mention);
    this.awaitsNote = false;
    this.strengthSpent = true;
    this.chain = this.joined ? [...this.chain, mention] : [mention];
    if (!this.joined) this.together = false;
    this.joined = false;
    this.last = mention;
  }
}

/** The notes that a text names, with what it says of each, and the words that the lexicon does not have. */
export function readMentions(
  text: string,
  lexicon: Lexicon,
): { mentions: readonly Mention[]; unrecognised: string[] } {
  const reader = new Reader();
  const unrecognised = new Set<string>();
  const items = readItems(text, lexicon);
  const leads = leadingToNotes(items);
  for (const [index, item] of items.entries()) {
    if (item.kind === 'end') {
      reader.reset();
    } else if (item.kind === 'bracket') {
      reader.bracket();
    } else if (item.kind === 'colon') {
      reader.colon();
    } else if (item.kind === 'comma') {
      reader.comma(item.closesWithOr);
    } else if (item.meaning === undefined && item.trailing === undefined) {
      if (unrecognised.size < MAX_UNRECOGNISED)
        unrecognised.add(text.slice(item.start, item.end).toLowerCase());
      reader.leave();
    } else {
      reader.phrase(item, leads[index] ?? false);
    }
  }
  return { mentions: reader.mentions, unrecognised: [...unrecognised] };
}

/** For each item, whether the next one that says anything names notes. */
function leadingToNotes(items: readonly Item[]): boolean[] {
  const leads: boolean[] = [];
  let next = false;
  for (let index = items.length - 1; index >= 0; index--) {
    leads[index] = next;
    const item = items[index];
    if (item?.kind !== 'phrase') next = false;
    else if (item.meaning?.kind !== 'stop') next = item.meaning?.kind === 'notes';
  }
  return leads;
}
