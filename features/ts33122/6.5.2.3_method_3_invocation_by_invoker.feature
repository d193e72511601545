# TS 33.122 clause 6.5.2.3 steps 5 and 6: an invoker under test authenticates at an exposing function and invokes.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Method 3 invocation, by an invoker

  @req:33122-6.5.2.3-14
  Scenario: Steps 1 to 4 may be left out with a valid token
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to invoke "location"
    Then the invoker may use the token again

  @req:33122-6.5.2.3-16
  Scenario: Step 5: mutual certificates
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    Then the invoker shows its enrolled certificate to the exposing function

  @req:33122-6.5.2.3-16
  Scenario: Step 5: the certificate of the exposing function alone
    Given the core function indicates the certificate of the exposing function alone
    And a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    Then the invoker invokes over TLS with the certificate of the exposing function alone

  @req:33122-6.5.2.3-17
  Scenario: Step 5: the Authentication Initiation Request
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    Then the invoker initiates authentication before the TLS session of the invocation

  @req:33122-6.5.2.3-33
  Scenario: Step 5: the Authentication Initiation Response starts the TLS session
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location", and the answer to its initiation is held back
    Then the TLS session of the invocation begins after the Authentication Initiation Response

  @req:33122-6.5.2.3-22 @req:33122-6.5.2.3-33
  Scenario Outline: Step 5: a refused initiation starts nothing (<status>)
    Given a provider with two exposing functions
    And the exposing function serves
    And the second exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the second exposing function offers "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate with every exposing function
    When the invoker under test is told to invoke "location"
    And the second exposing function refuses to initiate authentication with <status>
    And the invoker under test is told to try to invoke "quality"
    And the invoker under test is told to invoke "location"
    And the second exposing function answers as usual again
    And the invoker under test is told to invoke "quality"
    Then the invoker sends no invocation after the refusal
    And no TLS session for an invocation begins after the refusal

    Examples:
      | status |
      | 401    |
      | 403    |
      | 404    |
      | 503    |

  @req:33122-6.5.2.3-22
  Scenario: Step 6: the token goes with the invocation
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to invoke "quality"
    Then the invoker sends the token that the core function gave

  @req:33122-6.5.2.3-32
  Scenario: Step 5: the certificate counts that is shown to the invocation
    Given a provider with two exposing functions
    And the exposing function serves
    And the second exposing function serves
    And the exposing function offers "location" with PKI and OAUTH
    And the second exposing function offers "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate with every exposing function
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to try to invoke "quality", and the certificate changes in between
    And the second exposing function shows its own certificate again
    And the invoker under test is told to invoke "quality"
    Then the invoker sends nothing to the second exposing function while its certificate is not good

  @req:33122-6.5.2.3-22 @req:33122-6.5.2.3-32
  Scenario Outline: Step 5: the exposing function is authenticated (<flaw>)
    Given a provider with two exposing functions
    And the exposing function serves
    And the second exposing function serves with a certificate <flaw>
    And the exposing function offers "location" with PKI and OAUTH
    And the second exposing function offers "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate with every exposing function
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to try to invoke "quality"
    And the invoker under test is told to invoke "location"
    Then the invoker sends nothing to the second exposing function, whose certificate is not good

    Examples:
      | flaw                   |
      | of a foreign authority |
      | for another name       |
      | that has expired       |
