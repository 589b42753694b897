<?php

declare(strict_types=1);

namespace ModularGateway;

/** @internal */
final class Json
{
    /**
     * @param mixed $value
     * @throws InvalidRequestException where it holds what JSON cannot
     */
    public static function encode($value): string
    {
        try {
            return json_encode(
                $value,
                JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION
            );
        } catch (\JsonException $exception) {
            throw new InvalidRequestException(
                'not_json',
                'The data cannot be written as JSON: ' . $exception->getMessage() . '. Texts must be UTF-8.',
                0,
                null,
                null,
                $exception
            );
        }
    }
}
