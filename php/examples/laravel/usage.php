<?php

// How the provider is used. Three pieces for three files of a Laravel application.

declare(strict_types=1);

use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Schedule;
use ModularGateway\Client;
use ModularGateway\LocalOutbox;

// A controller: the invoice and its event, both or neither. Nothing waits for the network.
function markInvoiceSent(\App\Models\Invoice $invoice, LocalOutbox $outbox): void
{
    DB::transaction(static function () use ($invoice, $outbox): void {
        $invoice->update(['sent_at' => now()]);
        $outbox->add('invoice:sent', [
            'invoice_id' => $invoice->id,
            'invoice_number' => $invoice->number,
            'total_amount' => $invoice->total,
            'client_email' => $invoice->client->email,
        ], "invoice-{$invoice->id}-sent");
    });
}

// routes/console.php: sends what is in the outbox.
Schedule::call(static function (Client $gateway, LocalOutbox $outbox): void {
    $outbox->flush($gateway);
})->everyMinute()->withoutOverlapping();

// A migration: app(LocalOutbox::class)->createTable();
