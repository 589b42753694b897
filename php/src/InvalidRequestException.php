<?php

declare(strict_types=1);

namespace ModularGateway;

/** Something in the call is wrong (400, 413, 422); `details()` names each field. Sending it again changes nothing. */
final class InvalidRequestException extends GatewayException
{
}
