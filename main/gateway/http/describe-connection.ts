/** What a machine that reaches the gateway is told. Nothing of it is secret: anybody may ask. */
export interface ConnectionFacts {
  /** where the request comes from, as far as the gateway can tell */
  readonly address: string;
  /** what the gateway was called by: `http://192.168.1.20:3001` */
  readonly calledUrl: string;
  /** what machines in the network should call it; told to this machine only */
  readonly lanUrl: string | undefined;
  /** of a certificate that the gateway made for itself */
  readonly publicKeyPin: string | undefined;
}

export interface Connection {
  readonly address: string;
  /** the address to put into the settings of the PHP application */
  readonly url: string;
  readonly sameMachine: boolean;
  /** in sentences */
  readonly hints: readonly string[];
  readonly clientUrl: string;
  /** PHP to paste, with the one-file client beside it */
  readonly php: string;
  /** the same check from the shell of the PHP application's machine */
  readonly command: string;
}

/** Which address to use from where, what to mind, and what to paste. */
export function describeConnection(facts: ConnectionFacts): Connection {
  const sameMachine = isLoopback(facts.address);
  const hints = [];
  if (sameMachine) {
    hints.push(
      facts.lanUrl === undefined || isLoopback(hostOf(facts.lanUrl))
        ? 'This gateway answers this machine only. To reach it from other machines, set HOST=0.0.0.0 and start it again.'
        : `${facts.calledUrl} works on this machine only. On any other machine, use ${facts.lanUrl}.`,
    );
  } else {
    hints.push(
      'If the gateway gets its address from a router, it may change: reserve the address there, or the connection breaks one day.',
    );
  }
  if (facts.publicKeyPin !== undefined) {
    hints.push(
      'The gateway made its own certificate, so PHP checks the key in "pin" instead of an authority.',
    );
  }
  const clientUrl = `${facts.calledUrl}/connect/modular-gateway.php`;
  return {
    address: facts.address,
    url: facts.calledUrl,
    sameMachine,
    hints,
    clientUrl,
    php: writePhp(facts),
    command: writeCommand(facts),
  };
}

function writePhp({ calledUrl, publicKeyPin }: ConnectionFacts): string {
  const pin = publicKeyPin === undefined ? '' : `    'pin' => '${publicKeyPin}',\n`;
  return `<?php
require __DIR__ . '/modular-gateway.php';

$gateway = new ModularGateway\\Client([
    'url' => '${calledUrl}',
    'api_key' => getenv('GATEWAY_API_KEY') ?: 'PUT-THE-API-KEY-HERE',
    'customer_id' => 'PUT-THE-CUSTOMER-ID-HERE',
${pin}]);

foreach ($gateway->check() as $line) {
    echo $line, "\\n";
}
`;
}

/** No client needed: does this machine reach the gateway at all? */
function writeCommand({ calledUrl, publicKeyPin }: ConnectionFacts): string {
  return publicKeyPin === undefined
    ? `php -r "echo file_get_contents('${calledUrl}/connect');"`
    : `curl --insecure --pinnedpubkey sha256//${publicKeyPin} -H 'Accept: application/json' ${calledUrl}/connect`;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || /^127\./.test(address);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}
