<?php

// app/Providers/GatewayServiceProvider.php; list it in bootstrap/providers.php.
// config/services.php: 'gateway' => ['url' => env('GATEWAY_URL'), 'key' => env('GATEWAY_API_KEY'),
//                                    'customer' => env('GATEWAY_CUSTOMER_ID'), 'pin' => env('GATEWAY_PIN')],

declare(strict_types=1);

namespace App\Providers;

use Illuminate\Support\Facades\DB;
use Illuminate\Support\ServiceProvider;
use ModularGateway\Client;
use ModularGateway\LocalOutbox;

final class GatewayServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        // The same connection as Eloquent's: what it adds is in your DB::transaction().
        $this->app->bind(LocalOutbox::class, static function (): LocalOutbox {
            return new LocalOutbox(DB::connection()->getPdo());
        });
        $this->app->singleton(Client::class, static function ($app): Client {
            return new Client(array_filter([
                'url' => config('services.gateway.url'),
                'api_key' => config('services.gateway.key'),
                'customer_id' => config('services.gateway.customer'),
                'pin' => config('services.gateway.pin'),
                'outbox' => static function () use ($app): LocalOutbox {
                    return $app->make(LocalOutbox::class);
                },
            ]));
        });
    }
}
