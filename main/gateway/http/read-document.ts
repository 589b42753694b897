import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, sep } from 'node:path';
import type { Request, Response } from 'express';
import multer from 'multer';
import { newAttachmentSchema, type Attachment } from '../../contracts/event-types';
import { errorText, GatewayError } from '../errors';
import { reserveBodyMemory } from './body-memory-quota';
import { textField } from './identify-caller';
import { readBody, refuseUnfit } from './read-body';

/** WhatsApp takes documents of up to 64 MB. */
const largestDocument = 64 * 1024 * 1024;
/** The same as base64 in JSON, and what stands around it. */
export const documentBodyLimit = 90 * 1024 * 1024;

export interface DocumentRequest {
  readonly fields: unknown;
  readonly attachment: Attachment;
}

/**
 * Reads the document of a request: multipart, base64, a URL, or a file in one of the operator's folders.
 * @param owner the customer whose document it is, once that is proven
 * @throws GatewayError `missing_field` (400), `path_refused` (403), `document_too_large` (413), `busy` (503)
 */
export async function readDocument(
  request: Request,
  folders: readonly string[],
  limitBytes: number,
  owner?: string,
): Promise<DocumentRequest> {
  if (request.headers['content-type']?.startsWith('multipart/form-data')) {
    const hold = reserveBodyMemory(request, owner);
    // Multer says nothing of how far it is.
    if (request.headers['content-length'] === undefined) hold(limitBytes);
    return readUpload(request);
  }
  const fields = await readBody(request, limitBytes, owner);
  refuseUnfit(withoutContent(fields));
  const filename = textField(fields, 'filename');
  const content = textField(fields, 'document_base64');
  const url = textField(fields, 'document_url');
  const path = textField(fields, 'document_path');
  if (content !== undefined) {
    if (filename === undefined) throw missing('filename');
    return { fields, attachment: checkAttachment({ filename, content_base64: content }) };
  }
  if (url !== undefined) {
    return { fields, attachment: checkAttachment({ filename: filename ?? nameOfUrl(url), url }) };
  }
  if (path !== undefined) return { fields, attachment: await readAllowedFile(path, filename, folders) };
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

async function readUpload(request: Request): Promise<DocumentRequest> {
  await new Promise<void>((resolve, reject) => {
    upload(request, request.res as Response, (thrown: unknown) => {
      if (thrown === undefined || thrown === null) resolve();
      else reject(toUploadError(thrown));
    });
  });
  const files: unknown = request.files;
  const [file] = Array.isArray(files) ? (files as Express.Multer.File[]) : [];
  if (!file) throw missing('A file');
  const fields: unknown = request.body;
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

/** Never says whether a file outside the allowed folders exists. */
async function readAllowedFile(
  path: string,
  filename: string | undefined,
  folders: readonly string[],
): Promise<Attachment> {
  const refused = new GatewayError(
    'path_refused',
    'document_path may only name files in the folders that the operator allowed (GATEWAY_DOCUMENT_FOLDERS).',
    403,
  );
  if (!isAbsolute(path) || path.includes('\u0000')) throw refused;
  // Symbolic links are followed before the folder is compared, not after.
  const real = await realpath(path).catch(() => undefined);
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  const inside = allowed.some((folder) => folder !== undefined && real?.startsWith(folder + sep));
  if (real === undefined || !inside) throw refused;
  const info = await stat(real);
  if (!info.isFile()) throw refused;
  if (info.size > largestDocument) {
    throw new GatewayError('document_too_large', 'The document is larger than 64 MB.', 413);
  }
  const content = await readFile(real);
  return { filename: filename ?? basename(real), content_base64: content.toString('base64') };
}
