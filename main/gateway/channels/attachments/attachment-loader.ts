import { base64Bytes, base64Payload, isBase64 } from '../../../contracts/base64';
import type { Attachment } from '../../../contracts/event-types';
import { errorText } from '../../errors';
import { ChannelError } from '../channel';
import { createOutboundClient, OutboundFailure, type OutboundResponse } from '../outbound/outbound-client';
import { type LookupHost, OutboundRefusedError, parseOutboundUrl } from '../outbound/outbound-guard';
import { readableResponse } from '../outbound/readable-response';
import { checkFileName, cleanFileName } from './attachment-names';

export interface LoadedAttachment {
  /** safe to show and to save under */
  readonly filename: string;
  /** undefined: to be found by the file's name */
  readonly contentType: string | undefined;
  readonly bytes: number;
  content(): Buffer;
  /** in the alphabet of RFC 4648 section 4, padded, in one line */
  base64(): string;
}

export interface AttachmentLoaderOptions {
  /** for one download, from name lookup to the last byte; 15,000 by default */
  readonly timeoutMs?: number;
  /** for tests: how host names are found */
  readonly lookup?: LookupHost;
}

interface AttachmentRules {
  /** all attachments of the message together, decoded */
  readonly maxTotalBytes: number;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
}

export interface AttachmentLoader {
  /**
   * The files of a message, decoded and downloaded one after the other.
   * @throws ChannelError: permanent for what can never be sent (`attachment_too_large`,
   * `attachment_type_refused`, `attachment_invalid`, refused addresses), temporary (`attachment_unavailable`)
   * for a download that failed; never `unavailable`, for the channel itself is well
   */
  load(attachments: readonly Attachment[], rules: AttachmentRules): Promise<LoadedAttachment[]>;
  stop(): Promise<void>;
}

function refuseSize(filename: string, maxTotalBytes: number): ChannelError {
  return new ChannelError(
    'permanent',
    'attachment_too_large',
    `The attachments are too large: with ${filename} they come to more than ${Math.floor(maxTotalBytes / 1_048_576)} MB.`,
  );
}

type Content = Pick<LoadedAttachment, 'bytes' | 'content' | 'base64'>;

/** A channel that wants base64 gets what came, unless it was written in another manner. */
function readContent(encoded: string, filename: string, maxBytes: number, maxTotalBytes: number): Content {
  if (!isBase64(encoded)) {
    throw new ChannelError(
      'permanent',
      'attachment_invalid',
      `The content of the attachment ${filename} is not base64.`,
    );
  }
  const bytes = base64Bytes(encoded);
  if (bytes > maxBytes) throw refuseSize(filename, maxTotalBytes);
  const payload = base64Payload(encoded);
  const content = () => Buffer.from(payload, 'base64');
  const isPlain = payload.length % 4 === 0 && !/[\s_-]/.test(payload);
  return { bytes, content, base64: () => (isPlain ? payload : content().toString('base64')) };
}

/** `type/subtype` alone; what is malformed, or would change how the mail is read, is left to the file's name. */
function readContentType(value: string | undefined): string | undefined {
  const type = value?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!/^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/.test(type)) return undefined;
  return type.startsWith('multipart/') || type.startsWith('message/') ? undefined : type;
}

function explainDownload(thrown: unknown, filename: string): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  if (thrown instanceof OutboundRefusedError) {
    const lost = thrown.code === 'host_unknown';
    return new ChannelError(
      lost ? 'temporary' : 'permanent',
      lost ? 'attachment_unavailable' : thrown.code,
      `The attachment ${filename} could not be fetched. ${thrown.message}`,
      { cause: thrown },
    );
  }
  if (thrown instanceof OutboundFailure) {
    return new ChannelError(
      'temporary',
      thrown.code === 'aborted' || thrown.code === 'stopped' ? thrown.code : 'attachment_unavailable',
      `The attachment ${filename} could not be fetched: its server ${thrown.message}.`,
      { response: errorText(thrown.cause ?? thrown), cause: thrown },
    );
  }
  return new ChannelError(
    'temporary',
    'attachment_unavailable',
    `The attachment ${filename} could not be fetched.`,
    {
      response: errorText(thrown),
      cause: thrown,
    },
  );
}

function judgeDownload(response: OutboundResponse, filename: string, maxTotalBytes: number): void {
  const { status, cut } = response;
  const kept = { response: `${status} ${status === 200 ? '' : readableResponse(response.body)}`.trimEnd() };
  const fetching = `The attachment ${filename} could not be fetched: its server`;
  if (status >= 300 && status < 400) {
    throw new ChannelError(
      'temporary',
      'attachment_unavailable',
      `${fetching} redirects to another address (${status}), and redirects are not followed.`,
      kept,
    );
  }
  if (status === 410) {
    throw new ChannelError(
      'permanent',
      'attachment_gone',
      `${fetching} says that the file is gone (410).`,
      kept,
    );
  }
  if (status !== 200) {
    throw new ChannelError(
      'temporary',
      'attachment_unavailable',
      `${fetching} answered with status ${status}.`,
      kept,
    );
  }
  if (cut === 'too_long') throw refuseSize(filename, maxTotalBytes);
  if (cut !== null) {
    const code = cut === 'aborted' ? 'aborted' : 'attachment_unavailable';
    const reason = cut === 'timed_out' ? 'is too slow' : 'broke off in the middle of the file';
    throw new ChannelError('temporary', code, `${fetching} ${reason}.`, kept);
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new ChannelError(
      'temporary',
      'attachment_unavailable',
      `${fetching} sent it compressed although the gateway asked for the file as it is.`,
      kept,
    );
  }
}

export function createAttachmentLoader(options: AttachmentLoaderOptions = {}): AttachmentLoader {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const client = createOutboundClient({
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    connectTimeoutMs: Math.min(10_000, timeoutMs),
  });

  async function download(
    address: string,
    filename: string,
    maxBytes: number,
    rules: AttachmentRules,
  ): Promise<OutboundResponse> {
    const { allowPrivate, signal, maxTotalBytes } = rules;
    try {
      const response = await client.request({
        method: 'GET',
        url: parseOutboundUrl(address, { allowPrivate }),
        allowPrivate,
        headers: { accept: '*/*', 'accept-encoding': 'identity' },
        timeoutMs,
        maxBodyBytes: maxBytes,
        signal,
      });
      judgeDownload(response, filename, maxTotalBytes);
      return response;
    } catch (thrown) {
      throw explainDownload(thrown, filename);
    }
  }

  async function loadOne(
    attachment: Attachment,
    maxBytes: number,
    rules: AttachmentRules,
  ): Promise<LoadedAttachment> {
    const filename = cleanFileName(attachment.filename);
    checkFileName(filename);
    const contentType = readContentType(attachment.content_type);
    if (attachment.content_base64 !== undefined) {
      const content = readContent(attachment.content_base64, filename, maxBytes, rules.maxTotalBytes);
      return { filename, contentType, ...content };
    }
    const { headers, body } = await download(attachment.url ?? '', filename, maxBytes, rules);
    return {
      filename,
      contentType: contentType ?? readContentType(headers['content-type']),
      bytes: body.length,
      content: () => body,
      base64: () => body.toString('base64'),
    };
  }

  return {
    async load(attachments, rules) {
      const loaded: LoadedAttachment[] = [];
      let left = rules.maxTotalBytes;
      // One after the other, so that a message never holds more than its limit in memory.
      for (const attachment of attachments) {
        const file = await loadOne(attachment, left, rules);
        left -= file.bytes;
        loaded.push(file);
      }
      return loaded;
    },
    stop: () => client.stop(),
  };
}
