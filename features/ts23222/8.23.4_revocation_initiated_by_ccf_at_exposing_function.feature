# TS 23.222 clause 8.23.4: the steps of the exposing function under test, which the core function tells to revoke.
@sut:aef @cap:aef.apis.aef_security @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Revocation of an authorization at the exposing function under test, initiated by the core function

  Background:
    Given the exposing function under test has published "location", "quality" and "mapping" with OAUTH
    And the invoker is onboarded for "location", "quality" and "mapping"
    And the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location", "quality" and "mapping"
    And the second invoker has a token for "location"

  @req:23222-8.23.4-03 @req:23222-8.23.4-04 @req:29222-6.2.2.3.2-02 @req:33122-C.6-07
  Scenario: Steps 3 and 4: the authorization ends, and the answer is given
    When the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    And the core function is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location", "location" and "quality"
    And the second invoker invokes "location"
    And the invoker invokes "location"
    Then the exposing function has ended the authorization that was named and no other
    And the exposing function answers when the authorization has ended
    And exactly the service APIs named are revoked at the exposing function
    And a token that was revoked before it ran out is not accepted any more

  @req:23222-8.23.4-03 @req:33122-C.6-07
  Scenario: Step 3: the authorization ends whatever is asked
    When the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    And the core function is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "quality"
    And the invoker invokes "location" by POST
    And the second invoker invokes "location"
    Then the exposing function has ended the authorization that was named and no other
    And a token that was revoked before it ran out is not accepted any more

  @req:23222-8.23.4-03 @req:29222-6.2.2.3.2-02
  Scenario: Step 3: the authorization ends for each service API of several
    When the invoker invokes "location", "quality" and "mapping"
    And the second invoker invokes "location"
    And the core function is told to revoke the authorization of the invoker for "location" and "mapping"
    And the invoker invokes "location", "quality" and "mapping"
    And the second invoker invokes "location"
    Then the exposing function has ended the authorization that was named and no other
    And exactly the service APIs named are revoked at the exposing function

  @req:23722-AR-6.3.2-e
  Scenario: Access is controlled at every invocation
    When the invoker invokes "location" and "location"
    And the core function is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location"
    Then access is controlled at every invocation

  @req:29222-9.1.2A.3.2-01 @negative
  Scenario Outline: A request that breaks the data model is refused (<deviation>)
    When the core function revokes "location" of the second invoker and the invoker at the exposing function, but <deviation>
    Then it is refused, because revokeInfo and supportedFeatures are mandatory, and the token serves on

    Examples:
      | deviation                        |
      | "revokeInfo" is left out         |
      | "supportedFeatures" is left out  |
      | "revokeInfo.cause" is left out   |

  @req:23222-8.23.4-08 @negative
  Scenario Outline: The exposing function revokes for its core function only (<deviation>)
    When the core function revokes "location" of the second invoker and the invoker at the exposing function, but <deviation>
    Then it is refused, because only the core function revokes there, and the token serves on

    Examples:
      | deviation                                         |
      | it presents no certificate                        |
      | it presents the certificate of the second invoker |
