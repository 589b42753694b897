import { basename } from 'node:path';
import type { Request, Response } from 'express';
import multer from 'multer';
import { newAttachmentSchema, type Attachment } from '../../contracts/event-types';
import type { GatewayConfig } from '../config/config';
import { errorText, GatewayError } from '../errors';
import { reserveBodyMemory } from './body-memory-quota';
import { textField } from './identify-caller';
import { readAllowedFile } from './read-allowed-file';
import { accountOf, readBody, refuseUnfit, type BodyLimits, type BodyReader } from './read-body';

/** WhatsApp takes documents of up to 64 MB. */
const largestDocument = 64 * 1024 * 1024;

export interface DocumentRequest {
  readonly fields: unknown;
  readonly attachment: Attachment;
}

/**
 * Reads the document of a request: multipart, base64, a URL, or a file in one of the operator's folders.
 * @throws GatewayError `missing_field` (400), `path_refused` (403), `document_too_large` (413), `busy` (503), and
 * what readBody throws
 */
export async function readDocument(
  request: Request,
  config: Pick<GatewayConfig, 'documentFolders' | 'dataDir'>,
  limits: BodyLimits,
  reader: BodyReader,
): Promise<DocumentRequest> {
  // Of a large one: what it holds is looked at in full.
  const inTurn = <T>(work: () => T): Promise<T> =>
    reader.turns.run(accountOf(reader), () => reader.budget.spend(accountOf(reader), work));
  if (request.headers['content-type']?.startsWith('multipart/form-data')) {
    const declared = Number(request.headers['content-length'] ?? limits.bytes + 1);
    const mayCome = request.headers['content-length'] === undefined && limits.bytes > largestDocument;
    if (declared > limits.bytes && !mayCome) {
      throw new GatewayError(
        'body_too_large',
        'The upload is too large, or does not say how large it is.',
        413,
      );
    }
    reader.budget.check(accountOf(reader));
    const hold = reserveBodyMemory(request, reader.customerId);
    // Multer says nothing of how far it is.
    if (request.headers['content-length'] === undefined) hold(limits.bytes);
    const { file, fields } = await readUpload(request);
    return inTurn(() => toDocument(file, fields));
  }
  const fields = await readBody(request, limits, reader);
  refuseUnfit(withoutContent(fields));
  const filename = textField(fields, 'filename');
  const content = textField(fields, 'document_base64');
  const url = textField(fields, 'document_url');
  const path = textField(fields, 'document_path');
  if (content !== undefined) {
    if (filename === undefined) throw missing('filename');
    const attachment = await inTurn(() => checkAttachment({ filename, content_base64: content }));
    return { fields, attachment };
  }
  if (url !== undefined) {
    return { fields, attachment: checkAttachment({ filename: filename ?? nameOfUrl(url), url }) };
  }
  if (path !== undefined) {
    const file = await readAllowedFile(path, config, largestDocument);
    return { fields, attachment: { ...file, filename: filename ?? file.filename } };
  }
  throw missing('document_base64, document_url or document_path');
}

/** The document itself may be longer than any text. */
function withoutContent(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields;
  const { document_base64: _content, ...others } = fields as Record<string, unknown>;
  return others;
}

/** @throws GatewayError `invalid_document` (422) */
function checkAttachment(attachment: Attachment): Attachment {
  const parsed = newAttachmentSchema.safeParse(attachment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: [name], message }) => ({
    path: name === 'url' ? 'document_url' : name === 'filename' ? 'filename' : 'document_base64',
    message,
  }));
  const sentence = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new GatewayError('invalid_document', `The document was not accepted: ${sentence}.`, 422, problems);
}

function missing(field: string): GatewayError {
  return new GatewayError('missing_field', `${field} is required.`, 400, [
    { path: field, message: 'is required' },
  ]);
}

function nameOfUrl(url: string): string {
  try {
    return decodeURIComponent(basename(new URL(url).pathname)) || 'document';
  } catch {
    return 'document';
  }
}

const upload = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: largestDocument, files: 1, fields: 20, fieldSize: 1024 * 1024 },
}).any();

async function readUpload(request: Request): Promise<{ file: Express.Multer.File; fields: unknown }> {
  await new Promise<void>((resolve, reject) => {
    upload(request, request.res as Response, (thrown: unknown) => {
      if (thrown === undefined || thrown === null) resolve();
      else reject(toUploadError(thrown));
    });
  });
  const files: unknown = request.files;
  const [file] = Array.isArray(files) ? (files as Express.Multer.File[]) : [];
  if (!file) throw missing('A file');
  return { file, fields: request.body as unknown };
}

function toDocument(file: Express.Multer.File, fields: unknown): DocumentRequest {
  refuseUnfit(fields);
  return {
    fields,
    attachment: checkAttachment({
      filename: textField(fields, 'filename') ?? file.originalname,
      content_type: file.mimetype,
      content_base64: file.buffer.toString('base64'),
    }),
  };
}

function toUploadError(thrown: unknown): GatewayError {
  if (thrown instanceof multer.MulterError && thrown.code === 'LIMIT_FILE_SIZE') {
    return new GatewayError('document_too_large', 'The document is larger than 64 MB.', 413);
  }
  return new GatewayError('invalid_upload', `The upload could not be read: ${errorText(thrown)}.`, 400);
}
