/** What a tenant may agree to. A purpose whose text changes gets a new version, and is not agreed to until it is again. */
export const consentPurposes = {
  popular_molecules: {
    version: '1',
    text: 'Molecules you predict count in the list of those asked for most, from which a server that starts fills its cache. The list has a digest of each molecule and how often it was asked for; it does not say by whom.',
  },
} as const satisfies Readonly<Record<string, { readonly version: string; readonly text: string }>>;

export type ConsentPurpose = keyof typeof consentPurposes;
export const consentPurposeNames = Object.keys(consentPurposes) as [ConsentPurpose, ...ConsentPurpose[]];
