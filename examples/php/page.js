'use strict';

// The page's own script: what an application does with the two scripts of the gateway.
(function () {
  const { customerId } = document.currentScript.dataset;
  const form = document.getElementById('invoice');
  const answer = document.getElementById('answer');

  // Without the gateway its scripts do not load; the page works all the same.
  if (window.WhatsAppSessionsManager) {
    const whatsApp = new window.WhatsAppSessionsManager(customerId);
    // What goes wrong is shown in its own panel.
    whatsApp.initialize().catch(() => undefined);
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    const fromPage = event.submitter && event.submitter.value === 'page';
    try {
      const sent = fromPage ? await sendFromPage(fields) : await sendFromServer();
      answer.textContent =
        sent.via === 'database'
          ? 'Stored: it goes out as soon as the gateway is back.'
          : `Accepted as event ${sent.event_id}.`;
    } catch (error) {
      answer.textContent = error.message;
    }
  });

  function sendFromPage(fields) {
    if (!window.websocketSidebar) return Promise.reject(new Error('The gateway is out of reach.'));
    return window.websocketSidebar.triggerEvent('invoice:sent', {
      invoice_id: fields.invoice_number,
      ...fields,
    });
  }

  async function sendFromServer() {
    const response = await fetch(form.action, { method: 'POST', body: new FormData(form) });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error);
    return body;
  }
})();
