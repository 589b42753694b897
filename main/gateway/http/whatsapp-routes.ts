import { Router } from 'express';
import { officeId } from '../../contracts/office-number';
import type { SessionStatus } from '../../contracts/statuses';
import { sendDirectMessage } from '../deliveries/send-direct-message';
import { GatewayError } from '../errors';
import { numberOf } from '../whatsapp/office-number';
import { publicStatus } from '../whatsapp/session-record';
import type { WhatsAppSessions } from '../whatsapp/whatsapp-sessions';
import type { HttpParts } from './http-parts';
import { textField } from './identify-caller';
import { mountTenantRoute } from './mount-route';
import { recordAuditEntry } from './record-audit-entry';
import { sendJson } from './send-json';

/** The PHP client gives a code 30 s; the answer has to leave before. */
const waitForCodeMs = 25_000;
const waitForSendingMs = 25_000;
/** Sessions that do not run, and start when somebody asks for a code. */
const atRest: readonly SessionStatus[] = ['disconnected', 'auth_failed', 'logged_out'];

/** WhatsApp sessions of the PHP app's pages, and documents sent by hand. */
export function createWhatsAppRoutes(parts: HttpParts, sessions: WhatsAppSessions): Router {
  const router = Router();

  // These calls of the existing PHP client carry no key: ids of a session, or its address, prove who it is.
  mountTenantRoute(router, parts, 'GET /whatsapp/qr/:customerId', async (call) => {
    const { request, response, tenant, caller } = call;
    if (request.method === 'HEAD') {
      response.setHeader('Allow', 'GET');
      throw new GatewayError('method_not_allowed', 'A code is shown by GET: it starts the session.', 405);
    }
    const before = sessions.peek(tenant.customerId)?.status ?? 'disconnected';
    const state = await sessions.waitForQr(tenant.customerId, waitForCodeMs);
    // Pages ask again and again for the codes of one session.
    if (atRest.includes(before)) await recordAuditEntry(parts, request, caller, 'whatsapp.connect_asked');
    if (state.status === 'ready') {
      sendJson(response, 409, {
        success: false,
        error: 'WhatsApp is connected already.',
        code: 'already_connected',
        status: 'ready',
      });
    } else if (state.qrCode !== undefined) {
      const code = { qr_code: state.qrCode, status: publicStatus(state) };
      // Only what is known: a page that counts down to a guess shows a code that is no longer good.
      const secondsUntil = (at: Date) => Math.max(0, Math.round((at.getTime() - Date.now()) / 1000));
      const times = {
        ...(state.qrRefreshesAt ? { expires_in: secondsUntil(state.qrRefreshesAt) } : {}),
        ...(state.qrOfferEndsAt ? { offer_ends_in: secondsUntil(state.qrOfferEndsAt) } : {}),
      };
      sendJson(response, 200, { success: true, ...code, ...times, data: { ...code, ...times } });
    } else {
      sendJson(response, 503, {
        success: false,
        error: state.error ?? 'WhatsApp has not offered a code yet; ask again.',
        code: 'qr_unavailable',
        status: publicStatus(state),
      });
    }
  });

  mountTenantRoute(router, parts, 'GET /whatsapp/status/:customerId', async ({ response, tenant }) => {
    const state = await sessions.status(tenant.customerId);
    const lastUpdated = state.lastUpdated.toISOString();
    const number = numberOf(sessions, tenant);
    sendJson(response, 200, {
      success: true,
      status: publicStatus(state),
      last_updated: lastUpdated,
      ...(state.phone === undefined ? {} : { phone: state.phone }),
      ...(state.error === undefined ? {} : { error: state.error }),
      waits_for_person: state.waitsForPerson,
      number,
      // Its code and its troubles are the operator's: a tenant hears whether its messages leave.
      ...(number === 'office' ? { office_connected: sessions.peek(officeId)?.status === 'ready' } : {}),
      data: { status: publicStatus(state), last_updated: lastUpdated, qr_code: state.qrCode ?? null },
    });
  });

  mountTenantRoute(router, parts, 'POST /whatsapp/logout/:customerId', async (call) => {
    const { request, response, tenant, caller } = call;
    const state = await sessions.logout(tenant.customerId);
    await recordAuditEntry(parts, request, caller, 'whatsapp.logged_out');
    sendJson(response, 200, {
      success: true,
      message:
        numberOf(sessions, tenant) === 'office'
          ? 'You have no number of your own to log out. Your messages go out from the office number, which stays connected.'
          : 'WhatsApp is logged out.',
      status: 'logged_out',
      data: { status: 'logged_out', last_updated: state.lastUpdated.toISOString(), qr_code: null },
    });
  });

  mountTenantRoute(router, parts, 'POST /whatsapp/pairing-code/:customerId', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const phone = textField(body, 'phone');
    if (phone === undefined) {
      throw new GatewayError('missing_field', 'phone is required.', 400, [
        { path: 'phone', message: 'is required' },
      ]);
    }
    const code = await sessions.requestPairingCode(tenant.customerId, phone, tenant.settings.default_country);
    await recordAuditEntry(parts, request, caller, 'whatsapp.pairing_code', { phone });
    sendJson(response, 200, { success: true, code });
  });

  mountTenantRoute(router, parts, 'POST /whatsapp/send-document/:customerId', async (call) => {
    const { request, response, tenant, caller } = call;
    const { fields, attachment } = call.body;
    const recipient = textField(fields, 'recipient');
    if (recipient === undefined) {
      throw new GatewayError('missing_field', 'recipient is required.', 400, [
        { path: 'recipient', message: 'is required' },
      ]);
    }
    const sent = await sendDirectMessage(tenant, parts.signals, {
      channel: 'whatsapp',
      recipient,
      message: { text: textField(fields, 'caption') ?? '', attachment },
      waitMs: waitForSendingMs,
    });
    await recordAuditEntry(parts, request, caller, 'document.sent', {
      delivery_id: sent.deliveryId,
      recipient,
      filename: attachment.filename,
      status: sent.status,
    });
    if (sent.status === 'failed') {
      sendJson(response, 422, {
        success: false,
        error: sent.error,
        code: 'not_sent',
        delivery_id: sent.deliveryId,
      });
      return;
    }
    // Waiting for WhatsApp or for its turn: it is stored and will leave by itself.
    sendJson(response, sent.status === 'sent' ? 200 : 202, {
      success: true,
      message_id: sent.messageId,
      delivery_id: sent.deliveryId,
      status: sent.status,
    });
  });
  return router;
}
