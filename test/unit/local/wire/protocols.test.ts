import { parseForm, renderError, renderOutput, toXml } from '../../../../local/wire/protocols';
import { ServiceError } from '../../../../local/wire/service';

test('the dotted names of a form are unfolded', () => {
  const form = 'Action=DescribeStacks&StackName=a&Tags.member.2.Key=b&Tags.member.1.Key=a&Capabilities=';
  expect(parseForm(Buffer.from(form))).toEqual({
    Action: 'DescribeStacks',
    StackName: 'a',
    Tags: [{ Key: 'a' }, { Key: 'b' }],
  });
});

test('members become elements; reserved characters are escaped, and undefined members omitted', () => {
  expect(toXml({ Roles: [{ Name: '<a> & "b"', Path: undefined }], IsTruncated: false })).toBe(
    '<Roles><member><Name>&#60;a&#62; &#38; &#34;b&#34;</Name></member></Roles><IsTruncated>false</IsTruncated>',
  );
});

test('an output of the query protocol carries the request ID in its body', () => {
  expect(renderOutput('query', 'GetRole', { Role: {} }, 'id').body).toBe(
    '<GetRoleResponse><GetRoleResult><Role></Role></GetRoleResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>',
  );
});

describe('an error', () => {
  const error = new ServiceError('Gone', 'It is gone.', 410);

  test('of a JSON protocol names itself in the body and in a header', () => {
    expect(renderError('json', error, 'id')).toMatchObject({
      statusCode: 410,
      headers: { 'x-amzn-errortype': 'Gone' },
      body: '{"__type":"Gone","message":"It is gone."}',
    });
  });

  test.each([
    ['query', '<ErrorResponse><Error><Type>Sender</Type><Code>Gone</Code>'],
    ['rest-xml', '<Error><Code>Gone</Code>'],
  ] as const)('of the protocol %s names itself in XML', (protocol, start) => {
    const { statusCode, body } = renderError(protocol, error, 'id');
    expect(statusCode).toBe(410);
    expect(body.slice(0, start.length)).toBe(start);
  });
});
