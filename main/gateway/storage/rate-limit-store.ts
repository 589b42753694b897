import type { Queryable } from './database';

interface Reservation {
  readonly key: string;
  /** of the window, where it begins with this reservation */
  readonly seconds: number;
  readonly points: number;
  /** counted already, by whoever reserves */
  readonly counted: number;
  /** nothing is reserved where less than this is left */
  readonly need: number;
  /** at most so much is reserved */
  readonly wish: number;
}

interface Reserved {
  readonly granted: number;
  /** by everybody, this reservation included */
  readonly taken: number;
  /** names the window, to the database */
  readonly endsAt: string;
  readonly msLeft: number;
}

/** The windows of limits that several gateways share. */
export interface RateLimitStore {
  reserve(reservation: Reservation): Promise<Reserved>;
  /** Of a window that has ended nothing is given back. */
  giveBack(key: string, endsAt: string, count: number): Promise<void>;
  /** Returns whether any are left. */
  deleteEnded(): Promise<boolean>;
}

/** @param free what is left in SQL, before the reservation */
const grantOf = (free: string) => `case when ${free} >= $5 then least($6, ${free}) else 0 end`;

// clock_timestamp(): a statement that had to wait for a lock must not judge by when it was sent.
const reserveSql = `
  insert into rate_limit_windows as w (key, ends_at, granted, taken)
  values ($1, clock_timestamp() + make_interval(secs => $2), ${grantOf('($3::bigint - $4::bigint)')},
    $4 + ${grantOf('($3::bigint - $4::bigint)')})
  on conflict (key) do update set
    ends_at = case when w.ends_at > clock_timestamp() then w.ends_at else excluded.ends_at end,
    granted = case when w.ends_at <= clock_timestamp() then excluded.granted
      else ${grantOf('($3::bigint - $4::bigint - w.taken)')} end,
    taken = case when w.ends_at <= clock_timestamp() then excluded.taken
      else w.taken + $4 + ${grantOf('($3::bigint - $4::bigint - w.taken)')} end
  returning granted, taken, ends_at::text as "endsAt",
    (extract(epoch from ends_at - clock_timestamp()) * 1000)::float8 as "msLeft"`;

export function createRateLimitStore(system: Queryable): RateLimitStore {
  return {
    async reserve({ key, seconds, points, counted, need, wish }) {
      const rows = await system.query<Reserved>({
        name: 'rate_limit_windows.reserve',
        text: reserveSql,
        values: [key, seconds, points, counted, need, wish],
      });
      const row = rows[0];
      if (!row) throw new Error('the reservation has no row');
      return row;
    },
    async giveBack(key, endsAt, count) {
      await system.query({
        name: 'rate_limit_windows.give_back',
        text: `
          update rate_limit_windows set taken = greatest(0, taken - $3)
          where key = $1 and ends_at = $2 and ends_at > clock_timestamp()`,
        values: [key, endsAt, count],
      });
    },
    async deleteEnded() {
      const rows = await system.query<{ left: boolean }>({
        name: 'rate_limit_windows.delete_ended',
        text: `
          with ended as (delete from rate_limit_windows where ends_at < now())
          select exists (select from rate_limit_windows where ends_at >= now()) as left`,
      });
      return rows[0]?.left === true;
    },
  };
}
