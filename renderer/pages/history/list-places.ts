/** Where somebody was in a list before opening one of its rows. */
export interface ListPlace {
  readonly offset: number;
  readonly activeKey: string | undefined;
}

const places = new Map<string, ListPlace>();
const mostPlaces = 50;

/** @param locationKey of the router: each entry of the browser's history has one of its own */
export function keepPlace(locationKey: string, place: ListPlace): void {
  places.delete(locationKey);
  places.set(locationKey, place);
  const [oldest] = places.keys();
  if (places.size > mostPlaces && oldest !== undefined) places.delete(oldest);
}

export function findPlace(locationKey: string): ListPlace | undefined {
  return places.get(locationKey);
}

export function forgetPlace(locationKey: string): void {
  places.delete(locationKey);
}
