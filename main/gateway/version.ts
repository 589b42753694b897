declare const __GATEWAY_VERSION__: string | undefined;

/** The version of package.json, put in when the bundle is made. */
export const gatewayVersion: string =
  typeof __GATEWAY_VERSION__ === 'string' ? __GATEWAY_VERSION__ : '0.0.0-source';
