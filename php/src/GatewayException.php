<?php

declare(strict_types=1);

namespace ModularGateway;

/** Why something was not done: a sentence for people, a code for programs, the fields that were wrong. */
class GatewayException extends \RuntimeException
{
    /** @var string */
    private $errorCode;
    /** @var int 0: there was no answer */
    private $httpStatus;
    /** @var mixed */
    private $details;
    /** @var int|null seconds */
    private $retryAfter;

    /** @param mixed $details */
    final public function __construct(
        string $errorCode,
        string $message,
        int $httpStatus = 0,
        $details = null,
        ?int $retryAfter = null,
        ?\Throwable $previous = null
    ) {
        parent::__construct($message, 0, $previous);
        $this->errorCode = $errorCode;
        $this->httpStatus = $httpStatus;
        $this->details = $details;
        $this->retryAfter = $retryAfter;
    }

    /** The gateway's code, such as `invalid_event`; `unreachable` when it gave no answer. */
    public function errorCode(): string
    {
        return $this->errorCode;
    }

    /** 0 when there was no answer. */
    public function httpStatus(): int
    {
        return $this->httpStatus;
    }

    /** @return mixed often a list of `['path' => …, 'message' => …]`, one for each field that was wrong */
    public function details()
    {
        return $this->details;
    }

    /** How many seconds to wait, where the gateway said so. */
    public function retryAfter(): ?int
    {
        return $this->retryAfter;
    }

    /** Does the same call make sense again later? */
    public function isTemporary(): bool
    {
        return $this->httpStatus === 0 || $this->httpStatus === 429 || $this->httpStatus >= 500;
    }

    /**
     * The exception that fits an answer.
     *
     * @param array<string, mixed> $answer
     * @internal
     */
    public static function fromAnswer(int $status, array $answer, ?int $retryAfter): self
    {
        $classes = [
            400 => InvalidRequestException::class,
            401 => UnauthorizedException::class,
            403 => ForbiddenException::class,
            404 => NotFoundException::class,
            409 => ConflictException::class,
            413 => InvalidRequestException::class,
            422 => InvalidRequestException::class,
            429 => RateLimitedException::class,
        ];
        $class = $classes[$status] ?? ($status >= 500 ? UnavailableException::class : self::class);
        return new $class(
            is_string($answer['code'] ?? null) ? $answer['code'] : 'refused',
            is_string($answer['error'] ?? null) ? $answer['error'] : "The gateway answered $status.",
            $status,
            $answer['details'] ?? null,
            $retryAfter
        );
    }
}
