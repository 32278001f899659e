import { createTransport } from 'nodemailer';
import { startMailbox, type Mailbox } from './mailbox.js';

describe('startMailbox', () => {
  let mailbox: Mailbox;
  afterEach(() => mailbox.stop());

  const send = (mail: object, auth?: { user: string; pass: string }) =>
    createTransport({ host: mailbox.host, port: mailbox.port, auth, ignoreTLS: true }).sendMail({
      from: 'Ops <ops@example.com>', to: 'a@example.com, b@example.com', ...mail,
    });

  it('reads envelope, encoded subject, text and HTML', async () => {
    mailbox = await startMailbox();
    const subject = 'Überhitzung: Kessel 7 über 90 °C, bitte sofort prüfen und Rückmeldung an die Leitstelle';
    await send({ subject, text: 'Grüße\nzwei', html: '<p>Grüße</p>', headers: { 'X-Signalbox-Incident': '42' } });
    const [mail] = await mailbox.received(1);
    expect(mail).toMatchObject({ from: 'ops@example.com', to: ['a@example.com', 'b@example.com'], subject });
    expect(mail?.text.trim()).toBe('Grüße\nzwei');
    expect(mail?.html.trim()).toBe('<p>Grüße</p>');
    expect(mail?.headers.get('x-signalbox-incident')).toBe('42');
  });

  it('refuses where and as told, once', async () => {
    mailbox = await startMailbox();
    mailbox.refuseNext({ at: 'from', code: 421 }, { at: 'to', code: 550, message: 'no such user' }, { at: 'data', code: 452 });
    await expect(send({ to: 'a@example.com', text: '1' })).rejects.toMatchObject({ responseCode: 421 });
    await expect(send({ to: 'a@example.com', text: '2' })).rejects.toMatchObject({ responseCode: 550, response: expect.stringContaining('no such user') });
    await expect(send({ to: 'a@example.com', text: '3' })).rejects.toMatchObject({ responseCode: 452 });
    await send({ text: '4' });
    expect(mailbox.mails).toHaveLength(1);
  });

  it('wants the right login when it has credentials', async () => {
    mailbox = await startMailbox({ credentials: { username: 'u', password: 'p' } });
    await expect(send({ text: 'x' }, { user: 'u', pass: 'wrong' })).rejects.toMatchObject({ responseCode: 535 });
    await send({ text: 'x' }, { user: 'u', pass: 'p' });
    expect(mailbox.mails).toHaveLength(1);
  });
});
