/**
 * The 138 notes of the odour model in families, in the order in which they stand around the wheel: neighbours are alike,
 * as on the wheels that perfumers use. Which family a note belongs to is our own reading of its everyday sense.
 */
export const families = {
  citrus: ['citrus', 'lemon', 'orange', 'grapefruit', 'bergamot'],
  fruity: [
    'fruity',
    'apple',
    'pear',
    'peach',
    'apricot',
    'plum',
    'cherry',
    'berry',
    'raspberry',
    'strawberry',
    'black currant',
    'grape',
    'melon',
    'banana',
    'pineapple',
    'tropical',
    'juicy',
    'ripe',
    'fruit skin',
  ],
  floral: [
    'floral',
    'rose',
    'geranium',
    'jasmin',
    'orangeflower',
    'muguet',
    'lily',
    'hyacinth',
    'violet',
    'orris',
    'hawthorn',
    'lavender',
    'powdery',
  ],
  clean: ['clean', 'fresh', 'soapy', 'aldehydic', 'ozone', 'natural', 'metallic', 'odorless'],
  green: ['green', 'grassy', 'leafy', 'cucumber', 'hay', 'tea', 'weedy', 'vegetable', 'tomato', 'celery'],
  herbal: [
    'herbal',
    'aromatic',
    'mint',
    'cooling',
    'camphoreous',
    'medicinal',
    'terpenic',
    'pine',
    'chamomile',
    'bitter',
  ],
  spicy: ['spicy', 'cinnamon', 'clove', 'anisic', 'pungent', 'sharp'],
  woody: ['woody', 'cedar', 'sandalwood', 'vetiver', 'cortex', 'dry', 'amber', 'balsamic', 'warm'],
  animal: ['animal', 'musk', 'leathery', 'sweaty'],
  earthy: ['earthy', 'musty', 'mushroom'],
  smoky: ['smoky', 'burnt', 'phenolic', 'tobacco', 'roasted', 'coffee', 'popcorn', 'malty', 'cooked'],
  sweet: [
    'sweet',
    'vanilla',
    'caramellic',
    'chocolate',
    'cocoa',
    'honey',
    'coumarinic',
    'almond',
    'coconut',
    'hazelnut',
    'nutty',
  ],
  creamy: ['creamy', 'milky', 'dairy', 'buttery', 'lactonic', 'cheesy', 'fatty', 'oily', 'waxy'],
  spirits: [
    'alcoholic',
    'winey',
    'cognac',
    'brandy',
    'rummy',
    'ethereal',
    'solvent',
    'ketonic',
    'fermented',
    'sour',
  ],
  savoury: [
    'savory',
    'meaty',
    'beefy',
    'fishy',
    'potato',
    'radish',
    'cabbage',
    'onion',
    'garlic',
    'alliaceous',
    'sulfurous',
    'gassy',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Family = keyof typeof families;

export const familyNames = Object.keys(families) as readonly Family[];

const familyOfNote = new Map<string, Family>(
  familyNames.flatMap((family) => families[family].map((note) => [note, family] as const)),
);

/** The family of a note; undefined for one that the model does not know. */
export function familyOf(note: string): Family | undefined {
  return familyOfNote.get(note);
}

/** Colours of shapes, never of text: readable on paper and on ink alike. */
export const familyColours: Readonly<Record<Family, string>> = {
  citrus: '#d8a51d',
  fruity: '#e2704a',
  floral: '#d6608f',
  clean: '#4ba4bf',
  green: '#79a13a',
  herbal: '#369a76',
  spicy: '#bb4f35',
  woody: '#93724c',
  animal: '#94609b',
  earthy: '#6c7f63',
  smoky: '#77666a',
  sweet: '#cc8d3c',
  creamy: '#b3a063',
  spirits: '#8d78cc',
  savoury: '#5a7ba6',
};

/** The colour of a note: its family's. */
export function colourOf(note: string): string {
  const family = familyOf(note);
  return family ? familyColours[family] : '#8b8385';
}
