<?php

declare(strict_types=1);

namespace ModularGateway;

/** There was no answer: the gateway is off, elsewhere, or too slow. Store the event and send it later. */
final class UnreachableException extends GatewayException
{
}
