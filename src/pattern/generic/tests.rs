//! Tests of assigned secrets and URL credentials, and of what only looks like them.

use super::*;

/// Rule and secret of everything found with at least medium confidence.
pub(super) fn found(text: &str) -> Vec<(&'static str, String)> {
    let patterns = Patterns::new();
    let matches = patterns.search(text.as_bytes(), Search::default());
    let sure = matches.iter().filter(|one| one.confidence >= Confidence::Medium);
    sure.map(|one| (patterns.rule(one.rule).id, String::from_utf8_lossy(one.span.slice(text.as_bytes())).into_owned()))
        .collect()
}

#[test]
fn assigned_secrets_are_found_in_many_languages() {
    let token = "q7Zt0Lw2Vb9Xn4Rk5Ym8";
    for text in [
        format!("service_token = \"{token}\""),
        format!("SERVICE_TOKEN={token}\n"),
        format!("export SERVICE_TOKEN='{token}'"),
        format!("  serviceToken: {token}\n"),
        format!("{{\"service-token\": \"{token}\"}}"),
        format!("{{\\\"service_token\\\": \\\"{token}\\\"}}"),
        format!("service_token: str = '{token}'"),
        format!("const serviceToken: &str = \"{token}\";"),
        format!("ENV SERVICE_TOKEN {token}\n"),
        format!("<serviceToken>{token}</serviceToken>"),
        format!("run --service-token {token} --now"),
        format!("set(\"service_token\", \"{token}\")"),
        format!("service_token = \"Bearer {token}\""),
        format!("Map(\"service_token\" -> \"{token}\")"),
        format!("#define SERVICE_TOKEN \"{token}\""),
        format!("serviceToken := \"bearer {token}\""),
        format!("SERVICE_TOKEN=Bearer {token}\n"),
        format!("service_token = \"Custom scheme {token}\""),
        format!("<service_token>{{stored as {token}}}</service_token>"),
    ] {
        assert_eq!(found(&text), [("generic-secret", token.to_owned())], "{text}");
    }
}

#[test]
fn passwords_may_be_short() {
    for (text, password) in [
        ("password = 'mycoin!1'", "mycoin!1"),
        ("DB_PASSWORD=Kd8fWof!41\n", "Kd8fWof!41"),
        (":password => '4ian1238',", "4ian1238"),
        ("if password == \"tQam10x9\":", "tQam10x9"),
        ("The password is 'Kecret127'.", "Kecret127"),
        ("ensure the password is \"centipede\" and", "centipede"),
        ("password = \"super$ecrt\"", "super$ecrt"),
        ("if user == 'joe' and password == 'logmein':", "logmein"),
        ("$user = \"mg1021\";   $password = \"goodspec\";", "goodspec"),
        ("REACT_APP_AUTH_PASSWORD=whiteduke # comment\n", "whiteduke"),
        ("The password is 'Secret123'", "Secret123"),
        ("SMTP_PASS=whiteduke\n", "whiteduke"),
        ("{\"user\": \"ml\", \"pass\": \"Kd8fWof41\"}", "Kd8fWof41"),
        ("docker run -e DB_PASSWORD=Kd8fWof41 x", "Kd8fWof41"),
        ("--password Kd8fWof41", "Kd8fWof41"),
        ("PASS = '`123Q-ERasdf'", "`123Q-ERasdf"),
        ("    storePassword 'Kd8fWof41'\n", "Kd8fWof41"),
        ("jwt_secret: 'Kd8f#Wof41'", "Kd8f#Wof41"),
        ("ssh ml@10.0.0.7 (pw:Kd8f!Wof41) for the cluster", "Kd8f!Wof41"),
        ("user=ml password=Kd8f#Wof41 host=x", "Kd8f#Wof41"),
        ("Username:ml/Password:qB7Kd81Gf!", "qB7Kd81Gf!"),
        ("sign in as ml, PW: Kd8f!Wof41", "Kd8f!Wof41"),
        ("#define WIFI_PASSWORD \"Kd8fWof41\"", "Kd8fWof41"),
        ("MYSQLPASS: Kd8f_Wof41\n", "Kd8f_Wof41"),
        ("password: Sunshine1\n", "Sunshine1"),
        ("password = \"2024.10.Sommer!\"", "2024.10.Sommer!"),
        ("public String password = \"Kd8f!Wof41\";", "Kd8f!Wof41"),
        ("data:\n  password: S2Q4Zi9Xb2Y0MQ==\n", "S2Q4Zi9Xb2Y0MQ=="),
    ] {
        assert_eq!(found(text), [("generic-password", password.to_owned())], "{text}");
    }
}

#[test]
fn prose_holds_variables_and_connection_strings() {
    let patterns = Patterns::new();
    let found = |text: &str| {
        let matches = patterns.search(text.as_bytes(), Search { prose: true, ..Search::default() });
        matches.iter().any(|one| one.confidence >= Confidence::Medium)
    };
    assert!(found("then\nENV DB_PASSWORD=RdWofT6kfNSJ!41\n"));
    assert!(found("sign in with `ML_USER=ml`, `ML_PASSWORD=Kinematic123!`"));
    assert!(found("Username: admin\nPassword: Kd8fWof41\n") && found("x\napi_key: q7Zt0Lw2Vb9Xn4Rk5Ym8\n"));
    assert!(found("curl -H \"X-Api-Key: q7Zt0Lw2Vb9Xn4Rk5Ym8\" u") && found("u?api_key=q7Zt0Lw2Vb9Xn4Rk5Ym8&v"));
    assert!(found("https://api.corp.net/v1?key=951bc382db9cfee29c68634761dd6e19") && !found("u?key=images/of/cats&v"));
    assert!(found("%env API_TOKEN=q7Zt0Lw2Vb9Xn4Rk5Ym8\n") && found("%env API_TOKEN q7Zt0Lw2Vb9Xn4Rk5Ym8\n"));
    assert!(found("<password>Kd8fWof41</password>") && found("wget --password=Kd8fWof41 http://corp.net/x"));
    assert!(found("Endpoint=x;Password=Kd8fWof41;Timeout=3"));
    assert!(!found("the password: Kd8fWof41\n") && !found("DB_PASSWORD=$OTHER\n") && !found("PASS: opcode12b.s\n"));
}

#[test]
fn a_label_has_no_value() {
    let found = |text: &str| !Patterns::new().search(text.as_bytes(), Search::default()).is_empty();
    assert!(!found("e(\"label\",{htmlFor:\"auth_password\"},\"Password:\"),u?We.createElement(\"input\")"));
    assert!(!found("print('password=' + Kd8fWof41x + '!')"));
    assert!(found("{\"password\":\"Kd8fWof41x\"}") && found("sh -c 'login --password=\"Kd8fWof41x\"'"));
}

#[test]
fn build_fields_are_read() {
    let key = "951bc382db9cfee29c68634761dd6e19";
    for text in [
        format!("buildConfigField 'String', 'API_KEY', '\"{key}\"'"),
        format!("buildConfigField \"String\", \"API_KEY\", \"\\\"{key}\\\"\""),
    ] {
        assert_eq!(found(&text), [("generic-secret", key.to_owned())], "{text}");
    }
}

#[test]
fn urls_give_their_password_away() {
    assert_eq!(found("x = 'https://svc:Kd8fWof41@store.corp.net/x'"), [("url-credentials", "Kd8fWof41".to_owned())]);
    assert_eq!(found("https://alice:whywouldyou@git.corp.net/"), [("url-credentials", "whywouldyou".to_owned())]);
    assert_eq!(found("`http://ml:Kd8fWof^41@10.0.0.7:3128/`"), [("url-credentials", "Kd8fWof^41".to_owned())]);
    assert_eq!(found("f'https://{user}:Kd8fWof41@corp.net/'"), [("url-credentials", "Kd8fWof41".to_owned())]);
    assert!(found("f'https://{user}:password@corp.net/' r'http://[^:]+:[^@]+@host'").is_empty());
    assert!(found("https://username:whywouldyou@git.corp.net/").is_empty());
    assert!(found("https://user:password@example.com/simple https://$USER:$TOKEN@host/ https://git@host/x").is_empty());
}

#[test]
fn variables_of_containers_are_found_on_lines_of_their_own() {
    for text in [
        "docker run \\\n    -e DB_PASSWORD=Kd8fWof41 \\\n    image\n",
        "docker run -it\n --env DB_PASSWORD=Kd8fWof41\n",
        "  --build-arg DB_PASSWORD=Kd8fWof41 .\n",
        "set $db_password Kd8fWof41;\n",
        "set -gx DB_PASSWORD Kd8fWof41\n",
        "setx DB_PASSWORD Kd8fWof41\n",
        "RUN apt update && export DB_PASSWORD=Kd8fWof41 && make\n",
        "az webapp config appsettings set -n app --settings A=1 DB_PASSWORD=Kd8fWof41 --slot x\n",
        "az deployment group create --parameters adminPassword=Kd8fWof41 location=we\n",
        "helm upgrade x y --set user=ml,db.password=Kd8fWof41\n",
        "helm upgrade x y --set=db.password=Kd8fWof41\n",
        "az containerapp create --secrets \"db-password=Kd8fWof41\" --env-vars P=secretref:db-password\n",
    ] {
        assert_eq!(found(text), [("generic-password", "Kd8fWof41".to_owned())], "{text}");
    }
}

#[test]
fn passwords_of_daemons_are_found() {
    for text in
        ["account a\nhost h.corp.net\nuser svc\npassword Kd8fWof41\n", "machine h\n  login svc\n  password Kd8fWof41\n"]
    {
        assert_eq!(found(text).first().map(|(_, secret)| secret.as_str()), Some("Kd8fWof41"), "{text}");
    }
    assert!(found("login user\npassword Strength100\nuser names\npassword Expire90Days\n").is_empty());
    assert!(found("user may forget\npassword Kd8fWof41 is long\nand then password Kd8fWof41\n").is_empty());
}

#[test]
fn passwords_that_name_themselves_are_found() {
    assert_eq!(
        found("[Server]\nAdminPassword=UserPassword731\n"),
        [("generic-password", "UserPassword731".to_owned())]
    );
    assert!(found("password = newPassword\npassword=userPassword1\n").is_empty());
    assert!(
        found("user.password = userPassword001\nthis.password=passwordSHA256;\npassword=hashedPasswordSHA512\n")
            .is_empty()
    );
    let base = "9f3c1b7ae05d2468".repeat(2) + "1c7fa05d2ae83b469f3c1b7ae05d2463";
    assert_eq!(found(&format!("test:\n  secret_key_base: {base}\n")), [("generic-secret", base.clone())]);
}

#[test]
fn a_parameter_ends_where_the_next_begins() {
    for rest in ["&cx=1", "#top", ""] {
        let text = format!("get('https://h/v1?api_key=q7Zt0Lw2Vb9Xn4Rk5Ym8{rest}')");
        assert_eq!(found(&text), [("generic-secret", "q7Zt0Lw2Vb9Xn4Rk5Ym8".to_owned())], "{text}");
    }
    let text = "db.open?user=me&password=w7-Kq9zTm&x=1";
    assert_eq!(found(text), [("generic-password", "w7-Kq9zTm".to_owned())]);
}

#[test]
fn false_friends_are_left_alone() {
    for text in [
        "password = getpass.getpass('Password: ')",
        "data:\n  password: cGFzc3dvcmQ=\n  db_password: ZGVtbw==\n",
        "api_key = 'ckXYZ2x...X3haZUhuZx=='",
        "await f(--set token=tokenV2)",
        "start run_token=951bc382db9cfee29c68634761dd6e19 of x",
        "recurse=true token=3f2504e0-4f89-11d3-9a0c-0305e82c3301 x",
        "{host_key: 951bc382db9cfee29c68634761dd6e19, y: 1}",
        "you can export PASSWORD=Whatever1 and go on",
        "password: 'bm90IG15IHJlYWwgcGFzc3dvcmQ=',",
        "\"adminPassword\": {\"value\": \"GEN-UNIQUE-13\"}",
        "query($password: HashSha512!, $pwd: String32!)",
        "dependencies:\n  - conda-token=0.4.0=pyhd3eb1b0_0\n  - asttokens=2.0.5=pyhd3eb1b0_0\n  - cloud-auth=0.1.4=py311haa95532_0\n",
        "\t\tc.settings.LocalAPIKey = LocalAPIKeyText1x\n",
        "\"https://h/encodings/cl100k_base.tiktoken\": \"9f3c1b7ae05d24689f3c1b7ae05d2468\"",
        "set `adminPassword` or `existing!Secret1` values",
        "update = {\"password\": make_hash(str(new_password)), \"update-Time1\": now()}",
        "any(k in kwargs for k in (\"password\", \"connection-String1\"))",
        "https://h/v1?key=ApiKey&cx=SearchEngineId&filter=0&num=4&q=What%20is%20the%20SK%3F&start=0",
        "token = os.environ[\"HF_TOKEN\"]",
        "api_key = \"YOUR_API_KEY_HERE\"",
        "SECRET_NAME = \"my-storage-secret\"",
        "secret = kv.get_secret(SECRET_NAME)",
        "key: ${{ secrets.AZURE_KEY }}",
        "token_type_ids = [0, 0, 1]",
        "primary_access_key = azurerm_storage_account.main.primary_access_key",
        "public_key = \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"",
        "cache_key = \"9f3c1b7ae05d24689f3c1b7ae05d2468\"",
        "monkey = \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"",
        "password: str = Field(..., min_length=8)",
        "def login(username, password='', timeout=10):",
        "\"password_reset_token_generator_v2\"",
        "token = 'huggingface/transformers-base-uncased-v2'",
        "key = jax.random.PRNGKey(0)",
        "api_key: _models.KeyVaultXyzReferenceQq2\n",
        "verdaccio-htpasswd: 11.0.0-6-next.25\n",
        "PASS: opcode12b.s\n",
        "password: 'パスワードをaB'",
        "placeholder:\"Password:\",rememberMe1:\"x\"",
        "password = 'busybox@'",
        "the password is \"incorrect\"",
        "validate(\"new_password1\", \"new_password2\")",
        "e.password===\"x-oauth-basic\"",
        "abfss://4f1dc1a2-7b13-4f55-9f0e-8d8f1a2b3c4d@acc.dfs.core.windows.net/x",
        "DB_PASSWORD=$OTHER_1aB\n",
        "disk_encryption_key: \"_models.KeyVaultSecretReference\",",
        "connect(user=u1, password=dbPass1, host=h1)",
        "if(e.pw==Kd8fWof41)return p.password=a1B!=c2D",
        "node->token -> next->Kd8fWof41Tq8vbN2k",
        "#define PASSWORD_KEY MAIN_Kd8fWof41Tq8",
        "input Login { user: String! password: Base64String! pass: Oauth2Form! }",
        "func sign(pw: Sha256Digest!, password: Uint8Array2!) -> Bool",
        "y = f(first_pass=Conv2dA*scale, second_pass=Conv2dOut@W)",
        "images are identified by sha256 digests, users are identified by oauth2_subject claims",
        "auth: _ServiceBearerAuth | _ServiceSigV4Auth | None = None\n",
        "    auth: _ServiceSigV4Auth\n",
        "ssh://9f3c1b7ae05d24681b7a9f3c@ssh.corp.net",
        "  secretValue: indexFieldsSourceName\n",
        "$secrets = Get-AzKeyVaultSecret -VaultName $vault\n",
        "\tauth \"k8s.io/api/rbac/v1\"\n",
        "'service_account_secrets': 'serviceAccountSecrets',",
        "\"hashed_secret\": \"9f3c1b7ae05d24689f3c1b7ae05d24681b7a9f3c\", # superset",
        "postgresql://postgres:mysecretpassword@127.0.0.1/x",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}

#[test]
fn names_and_values_in_fields_of_their_own_are_read() {
    let token = "q7Zt0Lw2Vb9Xn4Rk5Ym8";
    for text in [
        format!("env:\n  - name: API_TOKEN\n    value: {token}\n"),
        format!("{{\"name\": \"API_TOKEN\", \"value\": \"{token}\"}}"),
        format!("{{\"ParameterKey\": \"ApiToken\", \"ParameterValue\": \"{token}\"}}"),
        format!("<add key=\"ApiToken\" value=\"{token}\" />"),
        format!("<string name=\"api_token\">{token}</string>"),
        format!("<key>API_TOKEN</key>\n  <string>{token}</string>"),
        format!("<name>fs.s3a.secret.key</name>\n  <value>{token}</value>"),
        format!("variable \"api_token\" {{\n  type    = string\n  default = \"{token}\"\n}}"),
        format!("TOKEN: ${{API_TOKEN:-{token}}}"),
        format!("const t = process.env.API_TOKEN || \"{token}\";"),
        format!("t = os.environ.get(\"API_TOKEN\") or \"{token}\""),
        format!("{{\"parameters\": {{\"apiToken\": {{\"value\": \"{token}\"}}}}}}"),
        format!("\"apiToken\": {{\n  \"type\": \"securestring\",\n  \"defaultValue\": \"{token}\"\n}}"),
        format!("api_token:\n  value: {token}\n"),
        format!("\"apiToken\": {{ \"minLength\": 8, \"metadata\": {{ \"a\": 1 }}, \"defaultValue\": \"{token}\" }}"),
    ] {
        assert_eq!(found(&text), [("generic-secret", token.to_owned())], "{text}");
    }
    for text in [
        "- name: API_TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: a1B2c3D4e5F6g7H8\n",
        "<input type=\"password\" name=\"password\" value=\"\">",
        "{\"id\": \"token\", \"default\": \"en-US-Standard-A\"}",
        "if password:\n    value = Kd8fWof41x\n",
        "{ password: { value: userInput1Ab } }",
        "case token:\n\tvalue = q7Zt0Lw2Vb9Xn4Rk5Ym8\n",
        "<input name=\"authenticity_token\" value=\"q7Zt0Lw2Vb9Xn4Rk5Ym8\">",
        "\"apiToken\": {\"type\": \"string\"}, \"other\": {\"value\": \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"}",
        "variable \"api_token\" {\n  type = string\n}\nvariable \"x\" {\n  default = \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"\n}",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}

#[test]
fn keys_of_unknown_services_must_be_drawn_at_random() {
    let key = "q7Zt0Lw2Vb9Xn4Rk5Ym8";
    for text in [format!("acme-key: {key}\n"), format!("acmeKey = \"{key}\"")] {
        assert_eq!(found(&text), [("generic-secret", key.to_owned())], "{text}");
    }
    for text in [
        "monkey = \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"",
        "image_key: \"9f3c1b7ae05d24689f3c1b7ae05d2468\"",
        "x_key = \"image/encoded/Format2/Of3Data\"",
        "\"primaryKey\": \"CustomerOrder2024IdOfRow\"",
        "key = \"q7Zt0Lw2Vb9Xn4Rk5Ym8\"",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}

#[test]
fn secrets_may_be_short_where_they_are_no_names() {
    for (text, secret) in [
        ("JWT:\n  secret: \"Kd8f#product\"\n", "Kd8f#product"),
        ("if creds.Secret != \"open-sesame\" {", "open-sesame"),
        ("client_secret = 'Kd8fWof41'", "Kd8fWof41"),
        ("app.secret_key = 'B1Qx07k/4zY S~YII!knO]MXY/,?SU'", "B1Qx07k/4zY S~YII!knO]MXY/,?SU"),
    ] {
        assert_eq!(found(text), [("generic-secret", secret.to_owned())], "{text}");
    }
    for text in [
        "secret: db-credentials-2\n",
        "secret = Secret.from_name(\"my-Secret1\")",
        "secret_scope = \"AzureKeyVault2\"",
        "secret: \"ml-storage-secret\"",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}

#[test]
fn keys_of_digits_and_small_letters_are_of_the_whole_alphabet() {
    let key = "v8u5ptlysa69rcth8xmqe88h5o7hp43lu3okos5q";
    assert_eq!(found(&format!("acme_key={key}\n")), [("generic-secret", key.to_owned())]);
    for text in [
        "cache_key=3c39c200661fccd268a29a0d347301ef3c39c200661fccd268a29a0d347301ef\n",
        "sort_key=model2version3dataset4experiment5run6\n",
        "layer_key = 'encoder1layer2attention3output4weight5'\n",
        "row_key = v8u5ptlysa69rcth8xmqe\n",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
}

#[test]
fn a_long_random_part_makes_no_name() {
    let token = "FoZbmxkK0DdNtg2q2WxKwG0PuSp4w7aMU01KmM3169x.Bvn1iI0fHHVcJY4ddhIkrrLlU8SS2pOXHgcAjld7JN";
    assert_eq!(found(&format!("export SEGMENT_TOKEN={token}\nauth_token={token}\n")).len(), 2);
    assert!(found("auth_token = client.session1.tokenForTheUserOfThisSession2\n").is_empty());
}

#[test]
fn tokens_may_be_long() {
    let token = "q7Zt0Lw2Vb9Xn4Rk5Ym8".repeat(60);
    assert_eq!(found(&format!("refresh_token = \"{token}\"")), [("generic-secret", token.clone())]);
}

#[test]
fn tokens_of_letters_and_digits_of_all_kinds_may_be_short() {
    assert_eq!(found("ml_token=RtKw5Xmb1Vga9Z7\n"), [("generic-secret", "RtKw5Xmb1Vga9Z7".to_owned())]);
    assert!(found("ml_token=rtkw5xmb1vga9z7\nml_token = \"tokenV2Name12\"\n").is_empty());
}
