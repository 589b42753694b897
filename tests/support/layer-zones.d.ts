export const foundations: readonly string[];
export const allowedImports: Readonly<Record<string, readonly string[]>>;
export const layerZones: readonly {
  target: string;
  from: string;
  except?: string[];
  message: string;
}[];
