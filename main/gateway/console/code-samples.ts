import { isIPv6 } from 'node:net';
import type { CallOutput } from '../../contracts/console/console-calls';
import { GatewayError } from '../errors';

export interface SnippetOptions {
  /** `http://192.168.1.20:3001` */
  readonly url: string;
  /** a place for it where none is given */
  readonly apiKey: string | undefined;
  /** of the certificate that the gateway made for itself; undefined: none, or one that an authority vouches for */
  readonly publicKeyPin: string | undefined;
}

const keyPlace = 'PUT-THE-API-KEY-HERE';

/**
 * The address that somebody typed or chose, as the beginning of an URL.
 * @throws GatewayError `invalid_address` (422)
 */
export function toGatewayUrl(address: string, port: number, tls: boolean): string {
  const text = address.trim();
  const isBare = !/^[a-z]+:\/\//i.test(text);
  const host = isIPv6(text) ? `[${text}]` : text;
  const hasPort = isBare && /(?:^[^:]+|\]):\d+$/.test(host);
  const given = isBare ? `${tls ? 'https' : 'http'}://${host}${hasPort ? '' : `:${port}`}` : text;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '';
  if (isPlain && /^[A-Za-z0-9.:[\]-]+$/.test(url.host)) return url.origin;
  throw new GatewayError('invalid_address', 'The address must be a host name or an IP address.', 422, [
    { path: 'address', message: 'must be a host name or an IP address' },
  ]);
}

/** A sample event from PHP and from a shell, ready to paste. */
export function writeCodeSamples(options: SnippetOptions): CallOutput<'setup.snippets'> {
  return {
    php:
      options.publicKeyPin === undefined ? writePhp(options) : writePinnedPhp(options, options.publicKeyPin),
    curl: writeCurl(options),
  };
}

function phpText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function phpHead({ url, apiKey }: SnippetOptions): string {
  return `<?php
$gateway = ${phpText(url)};
$apiKey = ${phpText(apiKey ?? keyPlace)};

$event = [
    'event_type' => 'invoice:sent',
    'event_data' => [
        'invoice_id' => 7,
        'invoice_number' => 'INV-7',
        'total_amount' => 1500,
        'client_name' => 'Thandi',
        'client_email' => 'you@example.com', // put your own address here: the mail really leaves
    ],
];
`;
}

function writePhp(options: SnippetOptions): string {
  return `${phpHead(options)}
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => "Authorization: Bearer $apiKey\\r\\nContent-Type: application/json",
    'content' => json_encode($event),
    'ignore_errors' => true, // the answer says in words what was wrong
    'timeout' => 10,
]]);
echo file_get_contents("$gateway/api/events", false, $context), "\\n";
`;
}

/** PHP's streams cannot pin a key; its curl extension can. */
function writePinnedPhp(options: SnippetOptions, pin: string): string {
  return `${phpHead(options)}
$curl = curl_init("$gateway/api/events");
curl_setopt_array($curl, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Content-Type: application/json', "Authorization: Bearer $apiKey"],
    CURLOPT_POSTFIELDS => json_encode($event),
    CURLOPT_TIMEOUT => 10,
    // The gateway's certificate signs itself: its key proves that it is the gateway, not an authority.
    CURLOPT_SSL_VERIFYPEER => false,
    CURLOPT_SSL_VERIFYHOST => 0,
    CURLOPT_PINNEDPUBLICKEY => ${phpText(`sha256//${pin}`)},
]);
$answer = curl_exec($curl);
echo $answer === false ? 'Not sent: ' . curl_error($curl) : $answer, "\\n";
`;
}

function writeCurl({ url, apiKey, publicKeyPin }: SnippetOptions): string {
  const pin = publicKeyPin === undefined ? '' : ` --insecure --pinnedpubkey 'sha256//${publicKeyPin}'`;
  const event = {
    event_type: 'invoice:sent',
    event_data: {
      invoice_id: 7,
      invoice_number: 'INV-7',
      total_amount: 1500,
      client_name: 'Thandi',
      client_email: 'you@example.com',
    },
  };
  return `curl${pin} '${url}/api/events' \\
  -H 'Authorization: Bearer ${(apiKey ?? keyPlace).replaceAll("'", '')}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(event)}'
`;
}
