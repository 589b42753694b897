<?php

declare(strict_types=1);

namespace ModularGateway;

/** The gateway is there and cannot do it now (5xx). The same call may work later. */
final class UnavailableException extends GatewayException
{
}
