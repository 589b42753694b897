/** folder of main/gateway → entries of main/gateway it may import, besides itself and the leaves */
export const allowedImports: Readonly<Record<string, readonly string[]>>;

/** zones for eslint-plugin-import-x's no-restricted-paths */
export const layerZones: {
  readonly target: string;
  readonly from: string;
  readonly except?: string[];
  readonly message: string;
}[];
