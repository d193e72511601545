# TS 33.122 clause 6.5.2.3, steps 1 to 4 and what step 5 asks of the core function: TLS with OAuth token.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Method 3 at the core function

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function

  @req:33122-6.5.2.3-02
  Scenario: The core function is the authorization server and offers the token end point
    When the invoker requests a token
    Then the token end point grants a token

  @req:33122-6.5.2.3-03
  Scenario: The token end point is the only one that the grant needs
    When the invoker requests a token for "location"
    Then no authorization end point and no redirection was needed

  @req:33122-6.5.2.3-08 @req:33122-C.2.1-01
  Scenario: The token follows the profile
    When the invoker requests a token for "location" and "quality"
    Then the token follows the profile of annex C

  @req:33122-6.5.2.3-07
  Scenario: Authorization is arranged beforehand
    Given the second invoker is onboarded for "quality"
    And the second invoker has negotiated OAUTH with the exposing function
    When the second invoker requests a token for "location"
    And the invoker requests a token for "location"
    Then the service API is granted only to the invoker it was arranged for

  @req:33122-6.5.2.3-13
  Scenario: Each invoker gets a token of its own
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token for "location"
    And the second invoker requests a token for "location"
    Then each invoker gets a token of its own

  @req:33122-6.5.2.3-19
  Scenario: The exposing function learns the chosen method
    Given the second invoker is onboarded for "location"
    When the exposing function asks for the invoker with authenticationInfo
    And the exposing function asks for the second invoker with authenticationInfo
    Then the exposing function learns that the method is TLS with OAuth token

  @req:33122-6.5.2.3-20
  Scenario: The root certificate of the invoker may be told
    When the exposing function asks for the invoker with authenticationInfo
    Then the root certificate of the invoker may be told

  @negative @req:33122-6.5.2.3-01
  Scenario Outline: No other grant than client credentials (<deviation>)
    When the invoker requests a token, but <deviation>
    Then no token is granted, because the grant is not client credentials: <errors>

    Examples:
      | deviation                            | errors                                                                             |
      | "grant_type" is "password"           | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" is "authorization_code" | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" is "something"          | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" is "implicit"           | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" has its case changed    | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" has a trailing blank    | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" is "urn:ietf:params:oauth:grant-type:jwt-bearer" | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request |
      | "grant_type" is "refresh_token"      | unsupported_grant_type or unauthorized_client or invalid_grant or invalid_request   |
      | "grant_type" is left out             | invalid_request or unsupported_grant_type                                           |
      | "grant_type" is empty                | invalid_request or unsupported_grant_type                                           |

  @negative @req:33122-6.5.2.3-12
  Scenario Outline: The token request is verified (<deviation>)
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token, but <deviation>
    Then no token is granted, because the request breaks OAuth 2.0

    Examples:
      | deviation                            |
      | "client_id" is given twice           |
      | "grant_type" is given twice          |
      | "client_id" names the second invoker |
      | the path names the second invoker    |
      | the path names nobody                |
      | the form is sent as JSON             |
      | the media type is "text/plain"       |

  @negative @req:33122-6.5.2.3-12
  Scenario Outline: A malformed scope is not granted silently (<deviation>)
    When the invoker requests a token for "location", but <deviation>
    Then the malformed scope is refused, or ignored with the granted scope told

    Examples:
      | deviation               |
      | "scope" is "3gpp#"      |
      | "scope" is "3gpp#:,;"   |
      | "scope" is "3gpp#aef:," |
      | "scope" is "location"   |

  @req:33122-6.5.2.3-30
  Scenario: The onboarding secret is optional
    When the invoker requests a token
    And the invoker requests a token with its onboarding secret
    Then the token is granted with and without the secret

  @negative @req:33122-6.5.2.3-30
  Scenario Outline: A secret that is given is validated (<deviation>)
    Given the second invoker is onboarded for "location"
    When the invoker requests a token with its onboarding secret, but <deviation>
    Then no token is granted, because the secret is wrong: invalid_client

    Examples:
      | deviation                                           |
      | "client_secret" is "not the secret"                 |
      | "client_secret" is the secret of the second invoker |
      | "client_secret" is cut short                        |
      | "client_secret" has its case changed                |

  @req:33122-6.5.2.3-30
  Scenario: A secret that HTTP Basic shows is validated
    When the invoker requests a token
    And the invoker requests a token with its onboarding secret by HTTP Basic
    And the invoker requests a token with a wrong secret by HTTP Basic
    Then a secret by HTTP Basic is looked at

  @negative @req:33122-6.5.2.3-06
  Scenario: A client without any authentication gets no token
    When the invoker requests a token, but it presents no certificate
    Then no token is granted, because the client is not authenticated

  @negative @req:33122-6.5.2.3-10
  Scenario Outline: The secure session of CAPIF-1e comes first (<deviation>)
    When the invoker requests a token, but <deviation>
    Then no token is granted, because there is no secure session

    Examples:
      | deviation                                        |
      | it presents no certificate                       |
      | it presents a certificate of a foreign authority |
      | it goes over plain HTTP                          |

  @negative @req:33122-6.5.2.3-10
  Scenario: The secret does not stand in for the session
    When the invoker requests a token with its onboarding secret, but it presents no certificate
    Then no token is granted, because there is no secure session
