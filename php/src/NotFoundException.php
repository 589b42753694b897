<?php

declare(strict_types=1);

namespace ModularGateway;

/** There is no such event, delivery or event type (404). */
final class NotFoundException extends GatewayException
{
}
