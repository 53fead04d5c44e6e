<?php
$metadata['@entity_id@'] = [
    'AssertionConsumerService' => '@acs@',
    'saml20.sign.assertion' => true,
    'saml20.sign.response' => false,
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
];
