<?php

declare(strict_types=1);

/**
 * What this example needs to know, from the environment. In your application these lines live where its other
 * settings do; the API key stays on the server and out of the repository.
 */
return [
    // As the PHP server reaches the gateway.
    'gateway_url' => getenv('GATEWAY_URL') ?: 'http://127.0.0.1:3001',
    // As the browsers of your staff reach it: this machine's address on the network, never localhost.
    'gateway_public_url' => getenv('GATEWAY_PUBLIC_URL') ?: (getenv('GATEWAY_URL') ?: 'http://127.0.0.1:3001'),
    'customer_id' => getenv('GATEWAY_CUSTOMER_ID') ?: 'ACC001',
    'api_key' => getenv('GATEWAY_API_KEY') ?: '',
    // postgres://user:password@host:port/name, as `modular-gateway tenant add` printed it; empty: no fallback.
    'database_url' => getenv('GATEWAY_DATABASE_URL') ?: '',
    // What `settings set ACC001 webhook_secret=…` was given.
    'webhook_secret' => getenv('GATEWAY_WEBHOOK_SECRET') ?: '',
    // Where the example keeps its sessions and received webhooks.
    'data_dir' => getenv('EXAMPLE_DATA_DIR') ?: sys_get_temp_dir() . '/modular-gateway-example',
];
