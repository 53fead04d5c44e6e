<?php
$config = [
    'bench' => [
        'authcrypt:Hash',
        '@user@:@hash@' => [
            'uid' => ['@user@'],
            'mail' => ['@user@@example.org'],
            'displayName' => ['Somebody Bench'],
            'givenName' => ['Somebody'],
            'sn' => ['Bench'],
        ],
    ],
];
