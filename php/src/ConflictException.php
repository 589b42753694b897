<?php

declare(strict_types=1);

namespace ModularGateway;

/** It cannot be done in this state (409): WhatsApp is connected already, a message has left already. */
final class ConflictException extends GatewayException
{
}
