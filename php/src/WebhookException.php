<?php

declare(strict_types=1);

namespace ModularGateway;

/** This is no webhook of the gateway: the signature is missing, wrong or too old. */
final class WebhookException extends GatewayException
{
}
