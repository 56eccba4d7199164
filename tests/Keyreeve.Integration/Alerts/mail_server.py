"""A mail server for the tests: mode (starttls, tls, plain) and folder with server.pem and server.key."""
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

mode, folder = sys.argv[1], sys.argv[2]


class Handler:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({
            'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'subject': message['subject'], 'text': message.get_content(),
            'headers': [name for name, _ in message.items()], 'tls': session.ssl is not None, 'user': getattr(session, 'authenticated', False),
        }), flush=True)
        return '250 taken'


def authenticate(server, session, envelope, mechanism, data):
    good = mechanism == 'PLAIN' and data.login == b'keyreeve' and data.password == b'mail-password'
    return AuthResult(success=good, handled=False)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + '/server.pem', folder + '/server.key')
    def make():
        starttls = {'tls_context': context, 'require_starttls': True} if mode == 'starttls' else {}
        auth = {} if mode == 'plain' else {'authenticator': authenticate, 'auth_required': True, 'auth_require_tls': mode == 'starttls'}
        return SMTP(Handler(), hostname='mail.test', **starttls, **auth)
    server = await asyncio.get_running_loop().create_server(make, '127.0.0.1', 0, ssl=context if mode == 'tls' else None)
    print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()

asyncio.run(main())
